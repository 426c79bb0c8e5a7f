using System.Diagnostics.Tracing;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>
/// Runs something in the moment in which the HTTP handler has a connection for a request and is about to open a stream on it; once, for a request of
/// the flow that made this.
/// </summary>
internal sealed class HeadersMoment : EventListener
{
    private readonly AsyncLocal<bool> _isMine = new() { Value = true };
    private readonly Action _action;
    private int _done;

    public HeadersMoment(Action action)
    {
        _action = action;

        // The base constructor comes before the fields are set.
        foreach (var source in EventSource.GetSources())
        {
            Enable(source);
        }
    }

    public bool HasCome => Volatile.Read(ref _done) != 0;

    protected override void OnEventSourceCreated(EventSource eventSource) => Enable(eventSource);

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName == "RequestHeadersStart" && _isMine is { Value: true } && Interlocked.Exchange(ref _done, 1) == 0)
        {
            _action();
        }
    }

    private void Enable(EventSource source)
    {
        if (source.Name == "System.Net.Http")
        {
            EnableEvents(source, EventLevel.Informational);
        }
    }
}
