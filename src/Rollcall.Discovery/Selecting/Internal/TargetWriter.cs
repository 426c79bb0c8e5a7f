using System.Globalization;
using System.Text;
using Rollcall.Discovery.Balancing.Canary;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Writes parameters of a target so that <see cref="TargetReader"/> reads the same, and a person too.</summary>
internal sealed class TargetWriter
{
    private readonly StringBuilder _parameters = new();

    /// <summary>The parameters alone.</summary>
    public override string ToString() => _parameters.ToString();

    /// <summary>A service's name with the parameters behind it.</summary>
    public string After(string name) => _parameters.Length == 0 ? EscapeName(name) : $"{EscapeName(name)}?{_parameters}";

    public TargetWriter Add(ServiceQuery query) =>
        Add("tag", query.Tags)
            .Add("", query.Select)
            .Add("dc", query.Datacenters.IsEmpty ? null : string.Join(',', query.Datacenters))
            .Add("near", query.Near)
            .Add("filter", query.Filter)
            .Add("passing", query.PassingOnly ? null : "false")
            .Add("warning", query.WarningToo ? "true" : null);

    public TargetWriter Add(string prefix, EndpointSelector selector)
    {
        Add(prefix + "tag", selector.Tags).Add(prefix + "anytag", selector.AnyTags).Add(prefix + "nottag", selector.NoTags);
        foreach ((var key, var value) in selector.Metadata)
        {
            Add(prefix + (key is EndpointMetadata.Environment or EndpointMetadata.Protocol ? key : $"meta.{key}"), value);
        }

        return Add(prefix + "version", selector.Version?.ToString()).Add(prefix + "port", selector.Port);
    }

    public TargetWriter Add(CanaryRule rule) =>
        Add(TargetReader.Canary, rule.Percent > 0 ? rule.Percent.ToString("0.######", CultureInfo.InvariantCulture) : null)
            .Add(TargetReader.CanaryHeader, rule.HeaderValue is null ? rule.Header : $"{rule.Header}:{rule.HeaderValue}")
            .Add(TargetReader.Canary + ".", rule.Instances);

    public TargetWriter Add(string name, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            Add(name, value);
        }

        return this;
    }

    public TargetWriter Add(string name, string? value)
    {
        if (value is not null)
        {
            _parameters.Append(_parameters.Length == 0 ? "" : "&").Append(Escape(name, "=")).Append('=').Append(Escape(value, ""));
        }

        return this;
    }

    private static string EscapeName(string name) => Escape(name, "/?");

    /// <summary>Only what would be read as something else is escaped: a range or a filter stays readable.</summary>
    private static string Escape(string text, string also)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is <= ' ' or >= 0x7f or '%' or '&' or '#' or '"' || also.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                escaped.Append(Uri.EscapeDataString(rune.ToString()));
            }
            else
            {
                escaped.Append((char)rune.Value);
            }
        }

        return escaped.ToString();
    }
}
