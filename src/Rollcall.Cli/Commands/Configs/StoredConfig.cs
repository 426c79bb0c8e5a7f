using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>A service config in the key-value store, as <c>rollcall config get --json</c> prints it.</summary>
/// <param name="Service">Whose.</param>
/// <param name="Key">Where.</param>
/// <param name="ModifyIndex">For <c>config set --cas</c>.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Review">What callers make of it.</param>
internal sealed record StoredConfig(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("modifyIndex")] ulong ModifyIndex,
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("review")] ConfigReview Review);
