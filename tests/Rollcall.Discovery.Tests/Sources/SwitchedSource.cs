using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Rollcall.Discovery.Tests.Sources;

/// <summary>A source that says what the test tells it to, an update or an exception; a watch that starts begins with what was told last.</summary>
internal sealed class SwitchedSource(string name) : IEndpointSource
{
    private readonly Lock _lock = new();
    private object? _last;
    private Channel<object>? _open;

    public string Name => name;

    public bool IsOpen => Volatile.Read(ref _open) is not null;

    /// <summary>Whether what it fails with is a refusal.</summary>
    public bool Refuses { get; set; }

    public bool IsRefusal(ServiceQuery query, Exception error) => Refuses;

    public void Say(params string[] hosts) => Say(0, hosts);

    public void Say(ulong index, params string[] hosts) =>
        Tell(new EndpointUpdate { Index = index, Endpoints = [.. hosts.Select(host => new Endpoint(host, host, 80))] });

    public void Fail() => Tell(new InvalidOperationException($"{name} is down"));

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<object>();
        lock (_lock)
        {
            _open = channel;
            if (_last is not null)
            {
                channel.Writer.TryWrite(_last);
            }
        }

        try
        {
            await foreach (var told in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return told as EndpointUpdate ?? throw (Exception)told;
            }
        }
        finally
        {
            Volatile.Write(ref _open, null);
        }
    }

    private void Tell(object what)
    {
        lock (_lock)
        {
            _last = what;
            _open?.Writer.TryWrite(what);
        }
    }
}
