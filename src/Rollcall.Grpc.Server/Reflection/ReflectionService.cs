using Grpc.Core;
using Grpc.Reflection.V1;

namespace Rollcall.Grpc.Server.Reflection;

/// <summary>Server reflection, version 1.</summary>
internal sealed class ReflectionService(ReflectionResponder responder) : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(responder.Answer(request), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
