using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;

namespace Rollcall.LoadTest.Soak;

/// <summary>The requests that a server is handling, so that a stop which takes long can tell what it waits for. Thread-safe.</summary>
internal sealed class ServedNow
{
    private readonly ConcurrentDictionary<long, (string Path, long Started)> _open = new();
    private long _count;

    /// <summary>Begins to keep the requests of a server, before any other part of it sees them.</summary>
    public void Follow(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var number = Interlocked.Increment(ref _count);
        _open[number] = (context.Request.Path, TimeProvider.System.GetTimestamp());
        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(number, out _);
        }
    });

    /// <summary>Paths and how long each has been handled. Nothing is open: the server waits for a connection, or for a caller that takes no more of a response.</summary>
    public override string ToString() => _open.IsEmpty
        ? "no request"
        : string.Join(", ", _open.Values.Select(static o => string.Create(
            CultureInfo.InvariantCulture, $"{o.Path} for {TimeProvider.System.GetElapsedTime(o.Started).TotalSeconds:0.0} s")));
}
