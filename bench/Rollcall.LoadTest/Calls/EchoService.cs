using Google.Protobuf;
using Grpc.Core;

namespace Rollcall.LoadTest.Calls;

internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context) => Task.FromResult(request);

    public override async Task ServerStream(StreamRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var message = new Payload { Data = ByteString.CopyFrom(new byte[request.Size]) };
        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(message);
        }
    }

    public override async Task<StreamSummary> ClientStream(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        var count = 0;
        while (await requestStream.MoveNext(CancellationToken.None))
        {
            count++;
        }

        return new StreamSummary { Count = count };
    }

    public override async Task Duplex(IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(CancellationToken.None))
        {
            await responseStream.WriteAsync(requestStream.Current);
        }
    }
}
