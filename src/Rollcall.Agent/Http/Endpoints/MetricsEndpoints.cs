using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Go;
using Rollcall.Agent.Metrics;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/metrics</c>.</summary>
/// <param name="metrics">What there is to tell.</param>
/// <param name="prometheus">Whether Prometheus' form is given.</param>
internal sealed class MetricsEndpoints(MetricsReader metrics, bool prometheus)
{
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    public void Map(RouteTable routes) => routes.Add("/v1/agent/metrics", ("GET", MetricsAsync));

    private ValueTask MetricsAsync(AgentRequest request)
    {
        if (request.Query["format"] != "prometheus")
        {
            return request.JsonAsync((gauges: metrics.Gauges(), window: metrics.Window()), static (json, state) => Write(json, state.gauges, state.window.Start, state.window.Samples, state.window.Counts));
        }

        return prometheus
            ? request.TextAsync(StatusCodes.Status200OK, Prometheus(), PrometheusText)
            : request.TextAsync(StatusCodes.Status415UnsupportedMediaType, "Prometheus is not enabled since its retention time is not positive");
    }

    private static void Write(
        Utf8JsonWriter json,
        SortedDictionary<string, double> gauges,
        DateTimeOffset start,
        IReadOnlyList<(string Name, SampleWindow Sample)> samples,
        IReadOnlyList<(CounterName Name, SampleWindow Count)> counts)
    {
        json.WriteStartObject();
        json.WriteString("Timestamp"u8, start.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture));
        json.WriteStartArray("Gauges"u8);
        foreach (var (name, value) in gauges)
        {
            json.WriteStartObject();
            json.WriteString("Name"u8, name);
            Number(json, "Value", value);
            NoLabels(json);
        }

        json.WriteEndArray();
        json.WriteStartArray("Points"u8);
        json.WriteEndArray();
        json.WriteStartArray("Counters"u8);
        foreach (var ((name, label, value), count) in counts)
        {
            Moments(json, name, count);
            json.WriteStartObject("Labels"u8);
            json.WriteString(label, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("Samples"u8);
        foreach (var (name, sample) in samples)
        {
            Moments(json, name, sample);
            NoLabels(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Moments(Utf8JsonWriter json, string name, SampleWindow sample)
    {
        json.WriteStartObject();
        json.WriteString("Name"u8, name);
        json.WriteNumber("Count"u8, sample.Count);
        Number(json, "Rate", sample.Sum / AgentMetrics.Interval.TotalSeconds);
        Number(json, "Sum", sample.Sum);
        Number(json, "Min", sample.Min);
        Number(json, "Max", sample.Max);
        Number(json, "Mean", sample.Mean);
        Number(json, "Stddev", sample.Deviation);
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        GoNumber.Write(json, value);
    }

    private static void NoLabels(Utf8JsonWriter json)
    {
        json.WriteStartObject("Labels"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private string Prometheus()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in metrics.Gauges())
        {
            Head(text, Symbol(name), "gauge").Append(CultureInfo.InvariantCulture, $"{Symbol(name)} {GoNumber.Format(value)}\n");
        }

        var last = "";
        foreach (var ((name, label, value), count) in metrics.Counts())
        {
            if (name != last)
            {
                Head(text, Symbol(name), "counter");
                last = name;
            }

            text.Append(CultureInfo.InvariantCulture, $"{Symbol(name)}{{{label}=\"{value}\"}} {count}\n");
        }

        foreach (var (name, count, sum, quantiles) in metrics.Totals())
        {
            var symbol = Symbol(name);
            Head(text, symbol, "summary");
            for (var i = 0; i < quantiles.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{symbol}{{quantile=\"{MetricsReader.Ranks[i]}\"}} {GoNumber.Format(quantiles[i])}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{symbol}_sum {GoNumber.Format(sum)}\n{symbol}_count {count}\n");
        }

        return text.ToString();
    }

    private static StringBuilder Head(StringBuilder text, string symbol, string type) => text.Append(CultureInfo.InvariantCulture, $"# HELP {symbol} {symbol}\n# TYPE {symbol} {type}\n");

    // One name that Prometheus does not know for one, and it takes nothing of the whole answer.
    private static string Symbol(string name) =>
        $"{(name is [>= '0' and <= '9', ..] ? "_" : "")}{string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_'))}";
}
