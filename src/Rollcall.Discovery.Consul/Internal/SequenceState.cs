using System.Text.Json.Serialization;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>What the key of a sequence holds.</summary>
/// <param name="Next">The first number that nobody has claimed.</param>
/// <param name="Blocks">How many claims there were.</param>
internal sealed record SequenceState(
    [property: JsonPropertyName("next"), JsonRequired] long Next, [property: JsonPropertyName("blocks"), JsonRequired] long Blocks);
