using System.Text.Json;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>One call. All four kinds are the same on the wire, requests and responses in streams, and are made so.</summary>
internal sealed class CallRun(Peer peer, MessageCatalog catalog, MethodDescriptor method, RequestSource requests, ICallOutput output, bool emitDefaults)
{
    private readonly DynamicJson _json = new(catalog) { WriteDefaults = emitDefaults };

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // Before anything is sent: JSON that does not fit is the caller's fault.
        var only = method.IsClientStreaming ? null : Encode(await requests.ReadOneAsync(cancellationToken), 0);
        using var call = peer.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            CreateMethod(), null, new CallOptions(peer.Headers, peer.Deadline(), cancellationToken));
        var sending = Task.Run(() => SendAsync(call.RequestStream, only, cancellationToken), CancellationToken.None);
        var receiving = ReceiveAsync(call, cancellationToken);
        await Task.WhenAny(sending, receiving);
        if (sending.IsFaulted)
        {
            var called = call.GetEndpoint();
            call.Dispose();
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (sending.Exception?.InnerException is CommandFailure failure)
            {
                await output.WriteGivenUpAsync(failure.Message, called);
            }

            await sending;
        }

        // The server may end the call while standard input is waited for, which then nobody needs any more.
        _ = sending.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            await receiving;
            return await EndAsync(call.GetStatus(), call.GetTrailers(), call.GetEndpoint());
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return await EndAsync(failure.Status, failure.Trailers, call.GetEndpoint());
        }
        catch (InvalidDataException failure)
        {
            // What gRPC's clients make of a response that their code can't read.
            return await EndAsync(new Status(StatusCode.Internal, failure.Message), Metadata.Empty, call.GetEndpoint());
        }
        catch (Exception failure) when (failure is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            await output.WriteGivenUpAsync(CallGuard.Interrupted, call.GetEndpoint());
            throw;
        }
    }

    private Method<byte[], byte[]> CreateMethod()
    {
        var bytes = Marshallers.Create(static (byte[] message) => message, static message => message);
        return new Method<byte[], byte[]>(MethodType.DuplexStreaming, method.Service.FullName, method.Name, bytes, bytes);
    }

    private async Task SendAsync(IClientStreamWriter<byte[]> stream, byte[]? only, CancellationToken cancellationToken)
    {
        try
        {
            if (only is not null)
            {
                await stream.WriteAsync(only, cancellationToken);
            }
            else
            {
                var number = 0;
                await foreach (var json in requests.ReadAllAsync(cancellationToken))
                {
                    await stream.WriteAsync(Encode(json, ++number), cancellationToken);
                }
            }

            await stream.CompleteAsync();
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException or OperationCanceledException)
        {
            // The call has ended; its status, which the other direction gets, says why.
        }
    }

    private async Task ReceiveAsync(AsyncDuplexStreamingCall<byte[], byte[]> call, CancellationToken cancellationToken)
    {
        await output.WriteHeadersAsync(await call.ResponseHeadersAsync);
        var count = 0;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await output.WriteResponseAsync(MessageText.Format(_json, method.OutputType, call.ResponseStream.Current, output.IsIndented));
            count++;
        }

        if (!method.IsServerStreaming && count != 1)
        {
            throw new InvalidDataException($"The server ended the call with OK and {count} responses, although {method.FullName} has one.");
        }
    }

    private async Task<int> EndAsync(Status status, Metadata trailers, Endpoint? endpoint)
    {
        await output.WriteEndAsync(status, trailers, StatusDetails.Read(trailers, catalog), endpoint);
        return status.StatusCode == StatusCode.OK ? ExitCode.Success : ExitCode.OfStatus(status.StatusCode);
    }

    private byte[] Encode(JsonElement json, int number) => _json.TryEncode(method.InputType, json, out var message, out var fault)
        ? message
        : throw new CommandFailure(
            $"The JSON{(number > 0 ? $" of message {number}" : "")} does not fit {method.InputType.FullName}: {fault}{Environment.NewLine}"
            + $"'{peer.DescribeCommand} {method.Service.FullName}/{method.Name} --example' shows one that does.",
            ExitCode.Usage);
}
