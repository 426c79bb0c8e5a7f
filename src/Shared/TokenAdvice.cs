namespace Rollcall.Errors;

/// <summary>What to do where access rules refuse a request, or leave something out of an answer. Compiled into each project that says so.</summary>
internal static class TokenAdvice
{
    /// <summary>What Consul says of a token that it does not know; where a server said it to a client agent, with something in front.</summary>
    private const string UnknownToken = "ACL not found";

    /// <summary>What it says, with Unauthorized, of requests about tokens and rules where there are none.</summary>
    private const string NoRules = "ACL support disabled";

    /// <summary>Whether Consul says that it does not know the token that was sent.</summary>
    public static bool IsUnknown(string? said) => said?.EndsWith(UnknownToken, StringComparison.Ordinal) is true;

    /// <param name="said">What the agent said; null: nothing.</param>
    /// <param name="right">What a token has to be, as the rest of a sentence.</param>
    /// <param name="origin">Where the token is from, or would be.</param>
    public static string Of(string? said, string right, string origin) => IsUnknown(said)
        ? $"The agent knows no such token, or it has expired: put another one into {origin}."
        : said?.EndsWith(NoRules, StringComparison.Ordinal) is true ? "Access rules are off at the agent: switch them on there (acl.enabled = true)."
        : $"Put a token {right} into {origin}.";
}
