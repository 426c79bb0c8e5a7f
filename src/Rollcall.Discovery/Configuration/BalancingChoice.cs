using System.Text.Json;

namespace Rollcall.Discovery.Configuration;

/// <summary>A balancing policy as a service config names it.</summary>
/// <param name="Name">For example <c>round_robin</c>.</param>
/// <param name="Fields">The policy's fields, a JSON object; null: none.</param>
public readonly record struct BalancingChoice(string Name, JsonElement? Fields)
{
    /// <summary>Whether both name the same policy with the same fields, letter by letter.</summary>
    public bool Equals(BalancingChoice other) => Name == other.Name && RawFields == other.RawFields;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, RawFields);

    private string? RawFields => Fields?.GetRawText();
}
