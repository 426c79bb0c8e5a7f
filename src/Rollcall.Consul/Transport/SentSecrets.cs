using System.Text;

namespace Rollcall.Consul.Transport;

/// <summary>What a request carries that no message may repeat. Immutable.</summary>
/// <param name="Token">The token; null or empty: none.</param>
/// <param name="TokenOrigin">Where it is from, or where to put one.</param>
/// <param name="HttpAuth">User and password; null: none.</param>
internal readonly record struct SentSecrets(string? Token, string TokenOrigin, string? HttpAuth)
{
    /// <summary>User and password as HTTP's Basic authentication has them; null: none.</summary>
    public string? Basic => string.IsNullOrEmpty(HttpAuth)
        ? null
        : Convert.ToBase64String(Encoding.UTF8.GetBytes(HttpAuth.Contains(':', StringComparison.Ordinal) ? HttpAuth : HttpAuth + ":"));

    public string Hide(string text)
    {
        text = Hide(text, Token, "[token]");
        text = Hide(text, Basic, "[password]");

        // Without a colon it is the user's name alone.
        return HttpAuth?.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? Hide(text, HttpAuth[(colon + 1)..], "[password]") : text;
    }

    /// <summary>Nothing of it.</summary>
    public override string ToString() => $"secrets of {TokenOrigin}";

    private static string Hide(string text, string? secret, string stand) =>
        string.IsNullOrEmpty(secret) ? text : text.Replace(secret, stand, StringComparison.Ordinal);
}
