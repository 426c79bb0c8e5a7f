using System.Text.Json.Serialization;
using Rollcall.Cli.Commands.Explain.Callers;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Why a name resolves to what it does, as <c>rollcall explain --json</c> prints it.</summary>
internal sealed record Explanation
{
    [JsonPropertyName("service")]
    public required string Service { get; init; }

    /// <summary>What was asked, as a channel would be given it.</summary>
    [JsonPropertyName("target")]
    public required string Target { get; init; }

    /// <summary>Who was asked.</summary>
    [JsonPropertyName("source")]
    public required string Source { get; init; }

    /// <summary><c>ok</c>; <c>degraded</c>: calls go on, but something is wrong; <c>none</c>: calls have nowhere to go; <c>unknown</c>: nobody could be asked.</summary>
    [JsonPropertyName("outcome")]
    public required string Outcome { get; init; }

    /// <summary>The answer in a sentence or two.</summary>
    [JsonPropertyName("verdict")]
    public required string Verdict { get; init; }

    [JsonPropertyName("registered")]
    public required int Registered { get; init; }

    [JsonPropertyName("called")]
    public required int Called { get; init; }

    /// <summary>About the service as a whole.</summary>
    [JsonPropertyName("findings")]
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What a caller makes of it; null: none was asked.</summary>
    [JsonPropertyName("caller")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CallerExplanation? Caller { get; init; }

    [JsonPropertyName("instances")]
    public required IReadOnlyList<InstanceExplanation> Instances { get; init; }

    [JsonIgnore]
    public int ExitCode => Outcome switch
    {
        Outcomes.Ok => Cli.ExitCode.Success,
        Outcomes.Degraded => Cli.ExitCode.Degraded,
        _ => Cli.ExitCode.Failure,
    };
}
