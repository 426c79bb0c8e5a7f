using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Discovery.Tests.Configuration;

/// <summary>A source that says what the test says, and counts its readers. Thread-safe.</summary>
internal sealed class ScriptedConfigSource(string name = "the script") : IServiceConfigSource
{
    private readonly Channel<Func<string?>> _script = Channel.CreateUnbounded<Func<string?>>();
    private int _opened;
    private int _open;

    public int Opened => Volatile.Read(ref _opened);

    public int Open => Volatile.Read(ref _open);

    public string Describe(ServiceConfigQuery query) => name;

    public void Answer(string? json) => _script.Writer.TryWrite(() => json);

    public void Fail(string message) => _script.Writer.TryWrite(() => throw new IOException(message));

    public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        Interlocked.Increment(ref _open);
        try
        {
            while (true)
            {
                yield return (await _script.Reader.ReadAsync(cancellationToken))();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
