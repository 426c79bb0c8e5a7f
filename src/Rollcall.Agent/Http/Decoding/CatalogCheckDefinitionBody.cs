using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The <c>Definition</c> of a check in <c>catalog/register</c>: kept and shown, run by nobody here.</summary>
internal sealed class CatalogCheckDefinitionBody
{
    private static readonly GoStruct<CatalogCheckDefinitionBody> s_type =
        new GoStruct<CatalogCheckDefinitionBody>("HealthCheckDefinition", "structs.HealthCheckDefinition") { Lenient = true }
            .Add((d, v, t) => t._value = t._value with { Http = NullIfEmpty(d.Text(v)) }, "HTTP")
            .Add((d, v, t) => t._value = t._value with { Tcp = NullIfEmpty(d.Text(v)) }, "TCP")
            .Add((d, v, t) => t._value = t._value with { Method = NullIfEmpty(d.Text(v)) }, "Method")
            .Add((d, v, t) => t._value = t._value with { Body = NullIfEmpty(d.Text(v)) }, "Body")
            .Add((d, v, t) => t._value = t._value with { TlsSkipVerify = d.Bool(v) }, "TLSSkipVerify")
            .Add((d, v, t) => t._value = t._value with { Header = ReadHeader(d, v) }, "Header")
            .Add((d, v, t) => t._value = t._value with { Interval = Text(t._interval = d.Nanoseconds(v)) }, "Interval", "IntervalDuration")
            .Add((d, v, t) => t._ttl = d.Nanoseconds(v), "TTL")
            .Add((d, v, t) => t._value = t._value with { Timeout = Text(d.Nanoseconds(v)) }, "Timeout", "TimeoutDuration")
            .Add(
                (d, v, t) => t._value = t._value with { DeregisterCriticalServiceAfter = Text(d.Nanoseconds(v)) },
                "DeregisterCriticalServiceAfter",
                "DeregisterCriticalServiceAfterDuration");

    private HealthCheckDefinition _value = new();

    // Nanoseconds.
    private long _interval;
    private long _ttl;

    /// <param name="decoder">What goes through the body.</param>
    /// <param name="value">The definition.</param>
    /// <param name="type">What kind of check it is by Consul's rules; empty: none that could be run.</param>
    public static HealthCheckDefinition Read(GoDecoder decoder, GoValue value, out string type)
    {
        var body = new CatalogCheckDefinitionBody();
        decoder.Custom(value, s_type, body);
        var isPeriodic = body._interval > 0;
        type = isPeriodic && body._value.Http is not null ? "http"
            : body._ttl > 0 ? "ttl"
            : isPeriodic && body._value.Tcp is not null ? "tcp"
            : "";
        return body._value;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string? Text(long nanoseconds) => nanoseconds == 0 ? null : GoDuration.FormatNanoseconds(nanoseconds);

    private static Dictionary<string, IReadOnlyList<string>>? ReadHeader(GoDecoder decoder, GoValue value)
    {
        var header = decoder.Map<IReadOnlyList<string>>(value, "map[string][]string", item => decoder.Texts(item) ?? []);
        return header is { Count: > 0 } ? header : null;
    }
}
