using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Rollcall.Grpc.Server;

/// <summary>Runs the calls of one method from the request to the trailers. One instance serves all calls.</summary>
internal abstract partial class CallHandler(CallSettings settings, IMethod method)
{
    private readonly string _rpcName = $"{method.ServiceName}/{method.Name}";

    public CallSettings Settings { get; } = settings;

    /// <summary>Answers a gRPC request.</summary>
    public Task HandleAsync(HttpContext httpContext)
    {
        LiftTransportLimits(httpContext);
        httpContext.Response.ContentType = GrpcProtocol.ContentType;
        return RunAsync(new HttpServerCallContext(httpContext, Settings, method));
    }

    /// <summary>
    /// Answers a request of another protocol, whose adapter has put its own body and trailers into the request's features. It gets the status
    /// and the metadata that end the call as trailers always, and sets the content type itself.
    /// </summary>
    /// <param name="httpContext">The request.</param>
    /// <param name="blamesCaller">
    /// Whether a body, message or deadline that can't be read is InvalidArgument, as HTTP has it, and not Internal, as gRPC does; a body that comes too
    /// slowly is Cancelled then.
    /// </param>
    /// <param name="formAnswer">
    /// Makes the adapter's answer of what the handler has written, once its status and metadata are known, and before anybody is told how the call ended.
    /// What it throws decides the status: an <see cref="RpcException"/>, or an <see cref="InvalidOperationException"/> for a trailer that HTTP can't carry.
    /// </param>
    public Task HandleAdaptedAsync(HttpContext httpContext, bool blamesCaller = false, Action<Status>? formAnswer = null)
    {
        LiftTransportLimits(httpContext);
        var context = new HttpServerCallContext(httpContext, Settings, method) { EndsInTrailers = true, BlamesCaller = blamesCaller };
        if (formAnswer is not null)
        {
            context.FormAnswer = formAnswer;
        }

        return RunAsync(context);
    }

    /// <summary>Reads, handles and writes the messages. The status is the context's, or that of the exception thrown.</summary>
    /// <remarks>The overrides pool their state machines, for calls whose handler suspends.</remarks>
    protected abstract ValueTask InvokeAsync(HttpServerCallContext context);

    private Task RunAsync(HttpServerCallContext context)
    {
        if (Settings.Telemetry.IsObserved(context.HttpContext))
        {
            return RunObservedAsync(context);
        }

        // Most small calls end here: their request came as a whole and their handler did not wait.
        var call = Begin(context);
        if (!call.IsCompletedSuccessfully)
        {
            return AwaitAsync(call, context);
        }

        call.GetAwaiter().GetResult();
        End(context, context.Status, null);
        return Task.CompletedTask;
    }

    // Asynchronous from its first line, so that the span is current for the call and for nothing else.
    private async Task RunObservedAsync(HttpServerCallContext context)
    {
        context.Telemetry = Settings.Telemetry.Start(context.HttpContext, _rpcName, method.Type);
        await AwaitAsync(Begin(context), context).ConfigureAwait(false);
    }

    private ValueTask Begin(HttpServerCallContext context)
    {
        try
        {
            if (Settings.ExposesContext)
            {
                context.HttpContext.Features.Set<IServerCallContextFeature>(context);
            }

            context.Start();
            return InvokeAsync(context);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    private async Task AwaitAsync(ValueTask call, HttpServerCallContext context)
    {
        Status status;
        Metadata? thrown;
        try
        {
            await call.ConfigureAwait(false);
            (status, thrown) = (context.Status, null);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Cancelled && context.IsStopped && !IsGivenUp(context))
        {
            // Of a call that the handler made with this one's token: what ended it there has a status of its own here.
            (status, thrown) = (GetStoppedStatus(), exception.Trailers);
        }
        catch (RpcException exception)
        {
            LogStatusThrown(exception);
            (status, thrown) = (GetStatus(exception), exception.Trailers);
        }
        catch (Exception exception)
        {
            (status, thrown) = (GetStatus(context, exception), null);
        }

        End(context, status, thrown);
    }

    private void End(HttpServerCallContext context, Status status, Metadata? thrown)
    {
        using var ended = context;
        if (context.End())
        {
            Log.DeadlineExceeded(Settings.Logger, method.FullName);
            status = new Status(StatusCode.DeadlineExceeded, "The deadline passed before the call ended.");
        }

        WriteEnd(context, status, thrown);
    }

    private void WriteEnd(HttpServerCallContext context, Status status, Metadata? thrown)
    {
        // gRPC has no other codes: callers would take one for Unknown, each in its own way.
        if ((uint)status.StatusCode > (uint)StatusCode.Unauthenticated)
        {
            status = new Status(StatusCode.Unknown, status.Detail, status.DebugException);
        }

        var destination = CallEnd.GetDestination(context);
        try
        {
            if (context.TrailersOrNull is { } trailers)
            {
                CallEnd.WriteMetadata(destination, trailers);
            }

            if (thrown is not null)
            {
                CallEnd.WriteMetadata(destination, thrown);
            }

            context.FormAnswer?.Invoke(status);
        }
        catch (InvalidOperationException exception)
        {
            Log.TrailersRefused(Settings.Logger, exception, method.FullName);
            status = new Status(StatusCode.Internal, "A trailer has a value that HTTP can't carry.");
        }
        catch (RpcException exception)
        {
            LogStatusThrown(exception);
            status = GetStatus(exception);
        }

        CallEnd.WriteStatus(destination, status);
        context.Status = status;
    }

    // A fault that shows a part of a message stays with its status, for those who observe the call: they get another text.
    // OK without the one response is nothing that a caller of any protocol can read.
    private Status GetStatus(RpcException exception) =>
        exception.StatusCode == StatusCode.OK && method.Type is (MethodType.Unary or MethodType.ClientStreaming)
            ? new Status(StatusCode.Internal, "The handler threw the status OK and returned no message.")
            : exception is ValueFaultException ? new Status(exception.StatusCode, exception.Status.Detail, exception)
            : exception.Status;

    private Status GetStatus(HttpServerCallContext context, Exception exception)
    {
        if (exception is OperationCanceledException or IOException && IsGivenUp(context))
        {
            Log.CallCancelled(Settings.Logger, method.FullName);
            return Status.DefaultCancelled;
        }

        if (exception is OperationCanceledException && context.IsStopped)
        {
            return GetStoppedStatus();
        }

        // The deadline's own cancellation; the caller of this method turns it into the right status.
        if (exception is OperationCanceledException && context.DeadlineToken.IsCancellationRequested)
        {
            return Status.DefaultCancelled;
        }

        if (exception is BadHttpRequestException bad)
        {
            return new Status(GetBodyFault(bad.StatusCode, context.BlamesCaller), bad.Message);
        }

        Log.HandlerFailed(Settings.Logger, exception, method.FullName);
        return new Status(
            StatusCode.Unknown,
            Settings.EnableDetailedErrors
                ? $"Exception was thrown by handler. {Describe(exception)}"
                : "Exception was thrown by handler.",
            exception);
    }

    // The one outside often says no more than that something failed.
    private static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        return exception.InnerException is { } inner ? $"{text} {Describe(inner)}" : text;
    }

    // A caller who sends too slowly has given up, as far as the server can tell: DeadlineExceeded would be the server's fault in HTTP (504) and in traces.
    private static StatusCode GetBodyFault(int httpStatus, bool blamesCaller) => httpStatus switch
    {
        StatusCodes.Status413PayloadTooLarge => StatusCode.ResourceExhausted,
        _ when !blamesCaller => StatusCode.Internal,
        StatusCodes.Status408RequestTimeout => StatusCode.Cancelled,
        _ => StatusCode.InvalidArgument,
    };

    private void LogStatusThrown(RpcException exception) =>
        Log.StatusThrown(
            Settings.Logger,
            method.FullName,
            exception.StatusCode,
            PeerText.Shorten(exception is ValueFaultException fault ? fault.Logged : exception.Status.Detail));

    private static bool IsGivenUp(HttpServerCallContext context) => context.RequestBroken || context.HttpContext.RequestAborted.IsCancellationRequested;

    private Status GetStoppedStatus()
    {
        Log.StoppedWithApplication(Settings.Logger, method.FullName);
        return new Status(StatusCode.Unavailable, "The server is stopping.");
    }

    // The message-size limit of this library takes the place of the server's limit on bodies, which would cut long streams; a stream may also be
    // silent for as long as it likes, and goes on for longer than requests of an application do, unless its method has a limit of its own.
    // Over HTTP/2 the server holds one stream that stalls against the connection and ends that with all its calls, whatever the method. Over
    // HTTP/1.1 a connection has one request: the least data rate stays for methods with a single one.
    private void LiftTransportLimits(HttpContext httpContext)
    {
        var features = httpContext.Features;
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
        {
            bodySize.MaxRequestBodySize = null;
        }

        if ((method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming || HttpProtocol.IsHttp2(httpContext.Request.Protocol))
            && features.Get<IHttpMinRequestBodyDataRateFeature>() is { } bodyRate)
        {
            bodyRate.MinDataRate = null;
        }

        if (method.Type != MethodType.Unary
            && features.Get<IHttpRequestTimeoutFeature>() is { } timeout
            && httpContext.GetEndpoint()?.Metadata is var metadata
            && metadata?.GetMetadata<RequestTimeoutAttribute>() is null
            && metadata?.GetMetadata<RequestTimeoutPolicy>() is null)
        {
            timeout.DisableTimeout();
        }
    }
}
