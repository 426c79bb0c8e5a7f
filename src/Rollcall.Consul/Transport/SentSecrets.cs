namespace Rollcall.Consul.Transport;

/// <summary>What a request carries that no message may repeat. Immutable.</summary>
/// <param name="Token">The token; null or empty: none.</param>
/// <param name="TokenOrigin">Where it is from, or where to put one.</param>
internal readonly record struct SentSecrets(string? Token, string TokenOrigin)
{
    public string Hide(string text) => string.IsNullOrEmpty(Token) ? text : text.Replace(Token, "[token]", StringComparison.Ordinal);

    /// <summary>Nothing of it.</summary>
    public override string ToString() => $"secrets of {TokenOrigin}";
}
