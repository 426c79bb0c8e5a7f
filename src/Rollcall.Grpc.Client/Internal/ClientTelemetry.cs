using System.Diagnostics;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel tells those who listen to spans and metrics. Does nothing, and allocates nothing, while nobody does. Thread-safe.</summary>
internal sealed class ClientTelemetry
{
    public const string Name = "Rollcall.Grpc.Client";

    private static readonly ActivitySource s_source = new(Name, typeof(ClientTelemetry).Assembly.GetName().Version?.ToString(3));

    public ClientTelemetry(ChannelTarget target, GrpcChannelOptions options)
    {
        Metrics = ClientMetrics.Create(options.MeterFactory);
        TimeProvider = options.TimeProvider;

        // The service, and not its instances: few values, which is what a metric needs.
        ServerAddress = target.Service?.Query.Name ?? target.Host;
        ServerPort = target.Service is null ? target.Port : null;
    }

    public ClientMetrics Metrics { get; }

    public TimeProvider TimeProvider { get; }

    public string ServerAddress { get; }

    /// <summary>A number; null for a service found by name.</summary>
    public object? ServerPort { get; }

    /// <summary>Begins to observe a call.</summary>
    /// <returns>Null: nobody wants to know.</returns>
    public CallTelemetry? Start(MethodEntry method)
    {
        var measures = Metrics.IsEnabled;
        var activity = s_source.HasListeners() ? StartActivity(method) : null;
        return measures || activity is not null ? new CallTelemetry(this, method, activity, measures) : null;
    }

    /// <summary>The attributes that every measurement of a method has.</summary>
    public TagList TagsOf(MethodEntry method)
    {
        TagList tags = new([
            new(RpcConventions.SystemName, RpcConventions.System),
            new(RpcConventions.Method, method.RpcName),
            new(RpcConventions.ServerAddress, ServerAddress),
        ]);
        if (ServerPort is not null)
        {
            tags.Add(RpcConventions.ServerPort, ServerPort);
        }

        return tags;
    }

    /// <summary>
    /// Puts the trace context into a request. Not left to the HTTP handler: not every one does it, and those that do name a span of their own as the
    /// parent, whether or not anybody records that one.
    /// </summary>
    public static void Inject(HttpRequestMessage request)
    {
        if (Activity.Current is not { } activity)
        {
            return;
        }

        DistributedContextPropagator.Current.Inject(activity, request, static (carrier, name, value) =>
        {
            // What the caller put into the metadata stands.
            var headers = ((HttpRequestMessage)carrier!).Headers;
            if (!headers.NonValidated.Contains(name))
            {
                headers.TryAddWithoutValidation(name, value);
            }
        });
    }

    private Activity? StartActivity(MethodEntry method)
    {
        // It is the call's, and not current where the caller goes on.
        var current = Activity.Current;
        var activity = s_source.StartActivity(method.RpcName, ActivityKind.Client, parentContext: default, [.. TagsOf(method)]);
        Activity.Current = current;
        return activity;
    }
}
