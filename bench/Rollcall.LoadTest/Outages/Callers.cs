using Google.Protobuf;
using Grpc.Core;
using Rollcall.LoadTest.Calls;

namespace Rollcall.LoadTest.Outages;

/// <summary>Calls without pause until stopped, and counts. A call that is under way at the stop is finished, not cancelled.</summary>
internal sealed class Callers
{
    private readonly Task _workers;
    private long _calls;
    private long _failed;
    private string? _firstFailure;

    public Callers(Echo.EchoClient client, int workers, CancellationToken stop)
    {
        var payload = new Payload { Data = ByteString.CopyFrom(new byte[100]) };
        _workers = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await client.UnaryAsync(payload, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
                }
                catch (RpcException e)
                {
                    Interlocked.Increment(ref _failed);
                    Interlocked.CompareExchange(ref _firstFailure, e.Status.ToString(), null);
                }

                Interlocked.Increment(ref _calls);
            }
        })));
    }

    public long Calls => Interlocked.Read(ref _calls);

    public long Failed => Interlocked.Read(ref _failed);

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    public Task EndedAsync() => _workers;
}
