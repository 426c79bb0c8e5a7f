using Grpc.Core;
using Rollcall.LoadTest.Calls;

namespace Rollcall.LoadTest.Soak;

/// <summary>Calls of all four kinds by name, without pause while it is asked to. Thread-safe.</summary>
internal sealed class SoakCallers(Echo.EchoClient client)
{
    public const int Workers = 16;

    private const int StreamMessages = 50;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private long _calls;
    private long _failed;
    private long _wrong;
    private string? _firstWrong;

    public long Calls => Interlocked.Read(ref _calls);

    public long Failed => Interlocked.Read(ref _failed);

    public long Wrong => Interlocked.Read(ref _wrong);

    public string? FirstWrong => Volatile.Read(ref _firstWrong);

    /// <summary>What is lost with each call. Null: nothing.</summary>
    public Leak? Leak { get; set; }

    /// <summary>Calls until the token fires, and then until the last call has ended.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
    {
        for (var turn = worker; !stop.IsCancellationRequested; turn++)
        {
            await CallAsync(turn);
        }
    })));

    private async Task CallAsync(int turn)
    {
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + s_deadline).WithWaitForReady();
        try
        {
            var call = (turn % 5) switch
            {
                0 => ServerStreamAsync(options),
                1 => ClientStreamAsync(options),
                2 => DuplexAsync(options),
                3 => GiveUpAsync(options),
                _ => UnaryAsync(options),
            };
            await call;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            Interlocked.Increment(ref _failed);
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _wrong);
            Interlocked.CompareExchange(ref _firstWrong, e.ToString(), null);
        }

        Leak?.Lose();
        Interlocked.Increment(ref _calls);
    }

    private async Task UnaryAsync(CallOptions options) => Messages.Check(await client.UnaryAsync(Messages.Payload, options));

    private async Task ServerStreamAsync(CallOptions options)
    {
        using var call = client.ServerStream(new StreamRequest { Count = StreamMessages, Size = Messages.Size }, options);
        var count = 0;
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            Messages.Check(message);
            count++;
        }

        Messages.CheckCount(count, StreamMessages);
    }

    private async Task ClientStreamAsync(CallOptions options)
    {
        using var call = client.ClientStream(options);
        for (var i = 0; i < StreamMessages; i++)
        {
            await call.RequestStream.WriteAsync(Messages.Payload);
        }

        await call.RequestStream.CompleteAsync();
        Messages.CheckCount((await call).Count, StreamMessages);
    }

    private async Task DuplexAsync(CallOptions options)
    {
        using var call = client.Duplex(options);
        for (var i = 0; i < StreamMessages; i++)
        {
            await call.RequestStream.WriteAsync(Messages.Payload);
            Messages.CheckCount(await call.ResponseStream.MoveNext(CancellationToken.None) ? 1 : 0, 1);
            Messages.Check(call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Messages.CheckCount(await call.ResponseStream.MoveNext(CancellationToken.None) ? 1 : 0, 0);
    }

    /// <summary>A stream that the caller leaves in the middle.</summary>
    private async Task GiveUpAsync(CallOptions options)
    {
        using var call = client.ServerStream(new StreamRequest { Count = int.MaxValue, Size = Messages.Size }, options);
        for (var i = 0; i < StreamMessages; i++)
        {
            Messages.CheckCount(await call.ResponseStream.MoveNext(CancellationToken.None) ? 1 : 0, 1);
        }
    }
}
