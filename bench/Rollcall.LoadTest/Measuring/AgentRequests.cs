using System.Diagnostics.Metrics;
using System.Globalization;

namespace Rollcall.LoadTest.Measuring;

/// <summary>
/// Counts the requests that this process sends to an agent, answered or not, by the meter of <see cref="HttpClient"/>. What is counted is reading:
/// what the load test itself does to an agent is writing. Thread-safe.
/// </summary>
internal sealed class AgentRequests : IDisposable
{
    private const string Ended = "http.client.request.duration";
    private const string Active = "http.client.active_requests";

    private readonly MeterListener _listener = new();
    private readonly int _port;
    private long _sent;
    private long _open;
    private long _mostOpen;

    /// <param name="agent">The agent's address.</param>
    public AgentRequests(Uri agent)
    {
        _port = agent.Port;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "System.Net.Http" && instrument.Name is Ended or Active)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if (IsReading(tags))
            {
                Interlocked.Increment(ref _sent);
            }
        });
        _listener.SetMeasurementEventCallback<long>((_, change, tags, _) =>
        {
            if (IsReading(tags))
            {
                var open = Interlocked.Add(ref _open, change);
                long most;
                while (open > (most = Volatile.Read(ref _mostOpen)) && Interlocked.CompareExchange(ref _mostOpen, open, most) != most)
                {
                    // Somebody else has raised it.
                }
            }
        });
        _listener.Start();
    }

    /// <summary>Requests that have ended, refused connections among them.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests that have no answer yet.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <summary>The most that were open at once.</summary>
    public long MostOpen => Volatile.Read(ref _mostOpen);

    public void Dispose() => _listener.Dispose();

    private bool IsReading(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (there, reads) = (false, false);
        foreach (var (key, value) in tags)
        {
            there |= key == "server.port" && Convert.ToInt32(value, CultureInfo.InvariantCulture) == _port;
            reads |= key == "http.request.method" && value is "GET";
        }

        return there && reads;
    }
}
