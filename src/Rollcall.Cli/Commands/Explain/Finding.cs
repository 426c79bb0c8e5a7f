using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>One thing that was found out about a service or an instance.</summary>
/// <param name="Code">One of <see cref="FindingCode"/>.</param>
/// <param name="Text">What it is, in words for a person, as the rest of a sentence about the service or instance.</param>
/// <param name="Advice">What to do about it; null: nothing to be done.</param>
/// <param name="IsFault">Whether something is wrong; false: it is so on purpose, such as a tag that does not match.</param>
internal sealed record Finding(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("advice")] string? Advice = null,
    [property: JsonPropertyName("fault")] bool IsFault = true);
