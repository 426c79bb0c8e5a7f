using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>What one caller makes of a service, as <c>rollcall explain --caller --json</c> prints it.</summary>
internal sealed record CallerExplanation
{
    [JsonPropertyName("url")]
    public required Uri Url { get; init; }

    /// <summary>Null: it could not be asked, or has no name.</summary>
    [JsonPropertyName("application")]
    public required string? Application { get; init; }

    [JsonPropertyName("process")]
    public required int? ProcessId { get; init; }

    [JsonPropertyName("machine")]
    public required string? Machine { get; init; }

    /// <summary>One for each channel or client that calls the service.</summary>
    [JsonPropertyName("uses")]
    public required IReadOnlyList<CallerUse> Uses { get; init; }

    /// <summary>About the caller as a whole.</summary>
    [JsonPropertyName("findings")]
    public required IReadOnlyList<Finding> Findings { get; init; }
}
