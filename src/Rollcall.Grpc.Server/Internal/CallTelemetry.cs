using System.Diagnostics;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Observes one call for those who listen. One writer and one reader of messages at a time.</summary>
internal sealed class CallTelemetry
{
    private readonly ServerTelemetry _server;
    private readonly Activity? _activity;
    private readonly bool _ownsActivity;
    private readonly bool _measures;
    private readonly MethodType _type;
    private readonly TagList _tags;
    private readonly long _started;
    private long _sent;
    private long _received;

    public CallTelemetry(ServerTelemetry server, string method, MethodType type, Activity? activity, bool ownsActivity, bool measures)
    {
        _server = server;
        _activity = activity;
        _ownsActivity = ownsActivity;
        _measures = measures;
        _type = type;
        _tags = new TagList([new(RpcConventions.SystemName, RpcConventions.System), new(RpcConventions.Method, method)]);
        _started = server.TimeProvider.GetTimestamp();
        if (measures)
        {
            server.Metrics.Started(_tags);
        }

        if (activity is not null && !ownsActivity)
        {
            activity.DisplayName = method == RpcConventions.Other ? RpcConventions.System : method;
            activity.SetTag(RpcConventions.SystemName, RpcConventions.System);
            activity.SetTag(RpcConventions.Method, method);
        }
    }

    public void NoteOriginalMethod(string name) => _activity?.SetTag(RpcConventions.MethodOriginal, PeerText.Shorten(name));

    public void OnSent()
    {
        _sent++;
        if (_measures)
        {
            _server.Metrics.Sent(_tags);
        }
    }

    public void OnReceived()
    {
        _received++;
        if (_measures)
        {
            _server.Metrics.Received(_tags);
        }
    }

    /// <summary>The call has ended. Called once.</summary>
    public void End(in Status status)
    {
        var isFault = RpcConventions.IsServerFault(status.StatusCode);
        var name = RpcConventions.NameOf(status.StatusCode);
        if (_measures)
        {
            _server.Metrics.Ended(_tags);
            var tags = _tags;
            tags.Add(RpcConventions.ResponseStatusCode, name);
            if (isFault)
            {
                tags.Add(RpcConventions.ErrorType, name);
            }

            _server.Metrics.Duration(_server.TimeProvider.GetElapsedTime(_started), tags);
        }

        if (_activity is { IsAllDataRequested: true })
        {
            Describe(_activity, name, isFault ? GetToldDetail(status) : null);
        }

        if (_ownsActivity)
        {
            Stop(_activity!);
        }
    }

    // Stopping makes the activity before it the current one, also where this one was not.
    private static void Stop(Activity activity)
    {
        var current = Activity.Current;
        activity.Stop();
        if (current != activity)
        {
            Activity.Current = current;
        }
    }

    private static string GetToldDetail(in Status status) => status.DebugException is ValueFaultException fault ? fault.Logged : status.Detail;

    private void Describe(Activity activity, string status, string? fault)
    {
        activity.SetTag(RpcConventions.ResponseStatusCode, status);
        if (fault is not null)
        {
            activity.SetTag(RpcConventions.ErrorType, status);
            activity.SetStatus(ActivityStatusCode.Error, PeerText.Shorten(fault));
        }

        if (_type is MethodType.ServerStreaming or MethodType.DuplexStreaming)
        {
            activity.SetTag(RpcConventions.MessagesSent, _sent);
        }

        if (_type is MethodType.ClientStreaming or MethodType.DuplexStreaming)
        {
            activity.SetTag(RpcConventions.MessagesReceived, _received);
        }
    }
}
