namespace Rollcall.Grpc.Client.Credentials;

/// <summary>A bearer token (RFC 6750). Immutable; its text never shows the token.</summary>
public readonly struct AccessToken
{
    /// <param name="value">The token, as it stands behind <c>Bearer</c>.</param>
    /// <param name="expiresAt">When it ends. Null: it is not known; the token is then used for 5 minutes.</param>
    /// <exception cref="ArgumentException">It is empty or has characters that no bearer token has.</exception>
    public AccessToken(string value, DateTimeOffset? expiresAt = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        Value = IsToken(value)
            ? value
            : throw new ArgumentException("The access token has characters that no bearer token has (RFC 6750 2.1).", nameof(value));
        ExpiresAt = expiresAt;
    }

    /// <summary>The token.</summary>
    public string Value { get; }

    /// <summary>When it ends; null: not known.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>Tells when it ends, and not what it is.</summary>
    public override string ToString() => ExpiresAt is { } end ? $"access token until {end:u}" : "access token";

    /// <summary>RFC 6750 2.1, b64token.</summary>
    internal static bool IsToken(string value)
    {
        var text = value.AsSpan().TrimEnd('=');
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_' or '~' or '+' or '/'))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
