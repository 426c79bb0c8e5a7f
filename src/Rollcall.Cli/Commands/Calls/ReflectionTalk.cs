using Grpc.Core;
using Grpc.Reflection.V1;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Question and answer with a server's reflection, one after the other.</summary>
internal sealed class ReflectionTalk(AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call) : IDisposable
{
    /// <exception cref="RpcException">The call ended instead of an answer.</exception>
    public async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question, CancellationToken cancellationToken)
    {
        try
        {
            await call.RequestStream.WriteAsync(question, cancellationToken);
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException)
        {
            // The call has ended. Its status, which says why, comes where an answer would.
        }

        return await call.ResponseStream.MoveNext(cancellationToken)
            ? call.ResponseStream.Current
            : throw new RpcException(new Status(StatusCode.Internal, "The server's reflection ended without an answer."));
    }

    /// <summary>Ends it in order, so that the server sees no cancelled call.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
        }
    }

    public void Dispose() => call.Dispose();
}
