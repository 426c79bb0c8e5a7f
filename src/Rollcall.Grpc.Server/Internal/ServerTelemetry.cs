using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server;

/// <summary>What a server tells those who listen to spans and metrics. Does nothing, and allocates nothing, while nobody does. Thread-safe.</summary>
internal sealed class ServerTelemetry
{
    public const string Name = "Rollcall.Grpc.Server";

    private static readonly ActivitySource s_source = new(Name, typeof(ServerTelemetry).Assembly.GetName().Version?.ToString(3));

    private readonly DistributedContextPropagator _propagator;

    public ServerTelemetry(TimeProvider timeProvider, IMeterFactory? meterFactory = null, DistributedContextPropagator? propagator = null)
    {
        TimeProvider = timeProvider;
        Metrics = new ServerMetrics(meterFactory);
        _propagator = propagator ?? DistributedContextPropagator.Current;
    }

    public TimeProvider TimeProvider { get; }

    public ServerMetrics Metrics { get; }

    /// <summary>Somebody may want to know of a call.</summary>
    public bool IsObserved(HttpContext httpContext) => Metrics.IsEnabled || s_source.HasListeners() || FindRequestSpan(httpContext) is not null;

    /// <summary>Begins to observe a call of a method that is served here. Its span is the current one from here on.</summary>
    /// <returns>Null: nobody wants to know.</returns>
    public CallTelemetry? Start(HttpContext httpContext, string method, MethodType type)
    {
        var measures = Metrics.IsEnabled;
        var span = s_source.HasListeners() ? StartSpan(httpContext, method) : null;
        var activity = span ?? FindRequestSpan(httpContext);
        return measures || activity is not null ? new CallTelemetry(this, method, type, activity, ownsActivity: span is not null, measures) : null;
    }

    /// <summary>Begins to observe a call of a method that is not served here: all of those are one in metrics.</summary>
    public CallTelemetry? StartUnknown(HttpContext httpContext, string original)
    {
        var current = Activity.Current;
        if (Start(httpContext, RpcConventions.Other, MethodType.Unary) is not { } telemetry)
        {
            return null;
        }

        // Nothing is called below it.
        Activity.Current = current;
        telemetry.NoteOriginalMethod(original);
        return telemetry;
    }

    /// <summary>
    /// The span that ASP.NET Core has made of the request, if somebody records it; it is described as the call's when there are no listeners for
    /// one of our own.
    /// </summary>
    private static Activity? FindRequestSpan(HttpContext httpContext) =>
        !s_source.HasListeners()
        && Activity.Current is not null
        && httpContext.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } activity
        && activity.Source.HasListeners()
            ? activity
            : null;

    private Activity? StartSpan(HttpContext httpContext, string method)
    {
        // ASP.NET Core makes an activity for its log scopes, too. Nobody exports that one, so the caller's span is the parent.
        var parent = default(ActivityContext);
        var current = Activity.Current;
        var isFirst = httpContext.Features.Get<IHttpActivityFeature>()?.Activity is not { } request || !request.Source.HasListeners();
        if (isFirst)
        {
            parent = Extract(httpContext.Request.Headers);
            if (parent == default)
            {
                Activity.Current = null;
            }
        }

        List<KeyValuePair<string, object?>> tags =
            [new(RpcConventions.SystemName, RpcConventions.System), new(RpcConventions.Method, method)];
        var host = httpContext.Request.Host;
        if (host.HasValue)
        {
            tags.Add(new(RpcConventions.ServerAddress, PeerText.Shorten(host.Host)));
            if (host.Port is { } port)
            {
                tags.Add(new(RpcConventions.ServerPort, port));
            }
        }

        var name = method == RpcConventions.Other ? RpcConventions.System : method;
        var activity = s_source.StartActivity(name, ActivityKind.Server, parent, tags);
        if (activity is null)
        {
            Activity.Current = current;
            return null;
        }

        if (isFirst)
        {
            AddBaggage(activity, httpContext.Request.Headers);
        }

        if (activity.IsAllDataRequested && httpContext.Connection is { RemoteIpAddress: { } address, RemotePort: var peerPort })
        {
            activity.SetTag(RpcConventions.PeerAddress, (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString());
            activity.SetTag(RpcConventions.PeerPort, peerPort);
        }

        return activity;
    }

    private ActivityContext Extract(IHeaderDictionary headers)
    {
        _propagator.ExtractTraceIdAndState(headers, GetHeader, out var id, out var state);
        return ActivityContext.TryParse(id, state, isRemote: true, out var context) ? context : default;
    }

    private void AddBaggage(Activity activity, IHeaderDictionary headers)
    {
        // The one that is added last comes first.
        foreach (var (name, value) in _propagator.ExtractBaggage(headers, GetHeader)?.Reverse() ?? [])
        {
            activity.AddBaggage(name, value);
        }
    }

    private static void GetHeader(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)carrier!)[name];
    }
}
