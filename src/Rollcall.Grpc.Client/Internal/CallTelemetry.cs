using System.Diagnostics;
using System.Net;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Observes one call for those who listen. One writer and one reader of messages at a time; the end may come from any thread.</summary>
internal sealed class CallTelemetry
{
    private readonly ClientTelemetry _channel;
    private readonly Activity? _activity;
    private readonly TagList _tags;
    private readonly MethodType _type;
    private readonly bool _measures;
    private readonly long _started;
    private long _sent;
    private long _received;

    public CallTelemetry(ClientTelemetry channel, MethodEntry method, Activity? activity, bool measures)
    {
        _channel = channel;
        _activity = activity;
        _measures = measures;
        _type = method.Type;
        _tags = channel.TagsOf(method);
        _started = channel.TimeProvider.GetTimestamp();
        if (measures)
        {
            channel.Metrics.Started(_tags);
        }
    }

    /// <summary>Makes the call's span the current one, so that what an attempt does is below it.</summary>
    public void Enter()
    {
        if (_activity is not null)
        {
            Activity.Current = _activity;
        }
    }

    public void OnSent()
    {
        _sent++;
        if (_measures)
        {
            _channel.Metrics.Sent(_tags);
        }
    }

    public void OnReceived()
    {
        _received++;
        if (_measures)
        {
            _channel.Metrics.Received(_tags);
        }
    }

    /// <summary>An attempt has ended. The one that decides the call is described by the span itself, the others by events.</summary>
    public void OnAttempt(in CallAttempt attempt)
    {
        var fate = NameOf(attempt.Fate);
        var status = RpcConventions.NameOf(attempt.StatusCode);
        if (_measures)
        {
            var tags = _tags;
            tags.Add(RpcConventions.ResponseStatusCode, status);
            tags.Add(ClientAttributes.AttemptFate, fate);
            _channel.Metrics.AttemptEnded(tags);
        }

        if (attempt.Fate != AttemptFate.Final && _activity is { IsAllDataRequested: true })
        {
            _activity.AddEvent(new ActivityEvent(ClientAttributes.AttemptEvent, tags:
            [
                new(ClientAttributes.AttemptNumber, attempt.Number),
                new(ClientAttributes.AttemptFate, fate),
                new(RpcConventions.ResponseStatusCode, status),
                new(ClientAttributes.EndpointId, attempt.Endpoint.Id),
                new(ClientAttributes.EndpointAddress, attempt.Endpoint.Authority),
            ]));
        }
    }

    /// <summary>The call has ended. Called once.</summary>
    /// <param name="status">How.</param>
    /// <param name="endpoint">Where the last attempt went; null: there was none.</param>
    /// <param name="attempts">How many there were.</param>
    public void End(in Status status, Endpoint? endpoint, int attempts)
    {
        if (_measures)
        {
            _channel.Metrics.Ended(_tags);
            var tags = _tags;
            var name = RpcConventions.NameOf(status.StatusCode);
            tags.Add(RpcConventions.ResponseStatusCode, name);
            if (status.StatusCode != StatusCode.OK)
            {
                tags.Add(RpcConventions.ErrorType, name);
            }

            _channel.Metrics.Duration(_channel.TimeProvider.GetElapsedTime(_started), tags);
        }

        if (_activity is not null)
        {
            Describe(_activity, status, endpoint, attempts);
            Stop(_activity);
        }
    }

    private void Describe(Activity activity, in Status status, Endpoint? endpoint, int attempts)
    {
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        var name = RpcConventions.NameOf(status.StatusCode);
        activity.SetTag(RpcConventions.ResponseStatusCode, name);
        activity.SetTag(ClientAttributes.Attempts, attempts);
        if (status.StatusCode != StatusCode.OK)
        {
            activity.SetTag(RpcConventions.ErrorType, name);
            activity.SetStatus(ActivityStatusCode.Error, PeerText.Shorten(status.Detail));
        }

        if (endpoint is not null)
        {
            activity.SetTag(ClientAttributes.EndpointId, endpoint.Id);
            activity.SetTag(ClientAttributes.EndpointAddress, endpoint.Authority);
            if (IPAddress.TryParse(endpoint.Host, out _))
            {
                activity.SetTag(RpcConventions.PeerAddress, endpoint.Host);
                activity.SetTag(RpcConventions.PeerPort, endpoint.Port);
            }
        }

        if (_type is MethodType.ClientStreaming or MethodType.DuplexStreaming)
        {
            activity.SetTag(RpcConventions.MessagesSent, _sent);
        }

        if (_type is MethodType.ServerStreaming or MethodType.DuplexStreaming)
        {
            activity.SetTag(RpcConventions.MessagesReceived, _received);
        }
    }

    // Stopping makes the activity before it the current one, wherever the call happens to end; that is nobody's business there.
    private static void Stop(Activity activity)
    {
        var current = Activity.Current;
        activity.Stop();
        if (current != activity)
        {
            Activity.Current = current;
        }
    }

    private static string NameOf(AttemptFate fate) => fate switch
    {
        AttemptFate.Final => "final",
        AttemptFate.Moved => "moved",
        AttemptFate.Retried => "retried",
        AttemptFate.Hedged => "hedged",
        _ => fate.ToString(),
    };
}
