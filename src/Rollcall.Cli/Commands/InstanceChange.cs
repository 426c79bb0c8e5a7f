using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands;

/// <summary>One line of <c>rollcall watch --json</c>.</summary>
internal sealed record InstanceChange(
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("change")] string Change,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("why")] string Why);
