using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Asks call credentials for the metadata of one call, and tells them what became of it.</summary>
internal static class CallCredentialsReader
{
    public static async Task AddAsync(CallCredentials credentials, AuthInterceptorContext context, Metadata metadata)
    {
        var parts = new Parts();
        credentials.InternalPopulateConfiguration(parts, null);
        try
        {
            foreach (var interceptor in parts.Interceptors)
            {
                // One that does not look at its token does not hold up the end of the call. What it adds later, nobody sends.
                var adding = interceptor(context, metadata);
                FaultObserver.Observe(adding);
                await adding.WaitAsync(context.CancellationToken).ConfigureAwait(false);
            }
        }
        catch (RpcException e) when (IsServicesOwn(e.StatusCode))
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The call credentials failed with {e.StatusCode}: {e.Status.Detail}", e));
        }
        catch (Exception e) when (e is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The call credentials failed: {e.Message}", e));
        }
    }

    /// <summary>The peer has not accepted a call with these credentials.</summary>
    public static void OnRefused(CallCredentials credentials)
    {
        var parts = new Parts();
        credentials.InternalPopulateConfiguration(parts, null);
        foreach (var interceptor in parts.Interceptors)
        {
            (interceptor.Target as TokenCache)?.OnRefused();
        }
    }

    /// <summary>gRFC A54: statuses that would speak of what the service does, if anything but the service gave them.</summary>
    private static bool IsServicesOwn(StatusCode code) => code
        is StatusCode.OK
        or StatusCode.InvalidArgument
        or StatusCode.NotFound
        or StatusCode.AlreadyExists
        or StatusCode.FailedPrecondition
        or StatusCode.Aborted
        or StatusCode.OutOfRange
        or StatusCode.DataLoss;

    private sealed class Parts : CallCredentialsConfiguratorBase
    {
        public List<AsyncAuthInterceptor> Interceptors { get; } = [];

        public override void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor) =>
            Interceptors.Add(interceptor);

        public override void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials)
        {
            foreach (var part in credentials)
            {
                part.InternalPopulateConfiguration(this, state);
            }
        }
    }
}
