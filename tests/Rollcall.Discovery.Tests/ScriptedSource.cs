using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Rollcall.Discovery.Tests;

/// <summary>A source that answers what the test says, and counts how often and by how many it is read. Thread-safe.</summary>
internal sealed class ScriptedSource : IEndpointSource
{
    private readonly Channel<object> _script = Channel.CreateUnbounded<object>();
    private int _opened;
    private int _open;
    private int _answered;

    public string Name => "the scripted source";

    /// <summary>How many watches were started.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>How many are running.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many answers were read.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Thrown by every watch, at once, while it is set.</summary>
    public Exception? Down { get; set; }

    /// <summary>The next answer.</summary>
    public void Answer(ulong index, params Endpoint[] endpoints) => Answer(new EndpointUpdate { Index = index, Endpoints = [.. endpoints] });

    public void Answer(EndpointUpdate update) => _script.Writer.TryWrite(update);

    /// <summary>The running watch throws.</summary>
    public void Fail(string message) => _script.Writer.TryWrite(new HttpRequestException(message));

    /// <summary>The running watch ends without an error.</summary>
    public void End() => _script.Writer.TryWrite("end");

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        Interlocked.Increment(ref _open);
        try
        {
            while (true)
            {
                if (Down is { } down)
                {
                    throw down;
                }

                switch (await _script.Reader.ReadAsync(cancellationToken))
                {
                    case EndpointUpdate update:
                        Interlocked.Increment(ref _answered);
                        yield return update;
                        break;
                    case Exception error:
                        throw error;
                    default:
                        yield break;
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
