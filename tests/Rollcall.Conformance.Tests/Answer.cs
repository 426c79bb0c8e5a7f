using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.Consul.Wire;

namespace Rollcall.Conformance.Tests;

/// <summary>One HTTP answer.</summary>
public sealed record Answer(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonNode? Json => JsonNode.Parse(Text);

    /// <summary>The index to wait above.</summary>
    public ulong Index => ulong.Parse(Headers[ConsulHeaders.Index], CultureInfo.InvariantCulture);

    /// <summary>A header's value; empty when it is missing.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}
