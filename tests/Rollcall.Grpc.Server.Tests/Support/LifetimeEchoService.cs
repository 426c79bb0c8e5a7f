using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Counts its instances and their disposal.</summary>
internal sealed class LifetimeEchoService(LifetimeCounter counter) : Echo.EchoBase, IAsyncDisposable
{
    private readonly int _number = counter.Created();

    public override Task<EchoReply> Unary(EchoRequest request, ServerCallContext context) =>
        Task.FromResult(new EchoReply { Text = $"{_number}:{counter.Disposed}" });

    public override async Task ServerStream(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context) =>
        await responseStream.WriteAsync(new EchoReply { Text = $"{_number}:{counter.Disposed}" });

    public ValueTask DisposeAsync()
    {
        counter.CountDisposed();
        return ValueTask.CompletedTask;
    }
}
