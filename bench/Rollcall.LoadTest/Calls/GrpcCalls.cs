using System.Diagnostics.CodeAnalysis;
using Rollcall.Grpc.Client;

namespace Rollcall.LoadTest.Calls;

/// <summary>Calls as a user of the library makes them, with a channel of their own.</summary>
internal sealed class GrpcCalls : IEchoCalls
{
    private readonly string _target;
    private GrpcChannel _channel;
    private Echo.EchoClient _client;

    public GrpcCalls(string target)
    {
        _target = target;
        Connect();
    }

    public Task<Payload> UnaryAsync() => _client.UnaryAsync(Messages.Payload).ResponseAsync;

    public async Task ServerStreamAsync(int messages)
    {
        using var call = _client.ServerStream(new StreamRequest { Count = messages, Size = Messages.Size });
        var count = 0;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            Messages.Check(call.ResponseStream.Current);
            count++;
        }

        Messages.CheckCount(count, messages);
    }

    public async Task PingPongAsync(int messages)
    {
        using var call = _client.Duplex();
        for (var i = 0; i < messages; i++)
        {
            await call.RequestStream.WriteAsync(Messages.Payload);
            Messages.CheckCount(await call.ResponseStream.MoveNext(CancellationToken.None) ? i + 1 : i, i + 1);
            Messages.Check(call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Messages.CheckCount(await call.ResponseStream.MoveNext(CancellationToken.None) ? messages + 1 : messages, messages);
    }

    public void Reconnect()
    {
        _channel.Dispose();
        Connect();
    }

    public void Dispose() => _channel.Dispose();

    [MemberNotNull(nameof(_channel), nameof(_client))]
    private void Connect()
    {
        _channel = GrpcChannel.ForAddress(_target);
        _client = new Echo.EchoClient(_channel);
    }
}
