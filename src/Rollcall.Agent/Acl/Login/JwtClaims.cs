using System.Globalization;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>What a token says whose signature is good (RFC 7519). Times are seconds since 1970; 0: none.</summary>
internal sealed record JwtClaims(GoValue All, string Issuer, IReadOnlyList<string> Audiences, long IssuedAt, long NotBefore, long Expiry)
{
    // What Consul has for settings of 0; less than 0 stands for none.
    private static readonly TimeSpan s_claimLeeway = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan s_clockLeeway = TimeSpan.FromSeconds(60);

    /// <summary>Null: one of the claims that are asked for is of a wrong type.</summary>
    public static JwtClaims? Read(GoValue all)
    {
        var (issuer, audience, subject) = (all["iss"], all["aud"], all["sub"]);
        return IsText(issuer) && IsText(subject) && (IsText(audience) || (audience.Kind == GoKind.Array && audience.Items.All(static item => item.Kind == GoKind.String)))
            && TryTime(all, "iat", out var issuedAt) && TryTime(all, "nbf", out var notBefore) && TryTime(all, "exp", out var expiry)
            ? new JwtClaims(all, issuer.Text, audience.Kind == GoKind.Array ? [.. audience.Items.Select(static item => item.Text)] : audience.Kind == GoKind.Null ? [] : [audience.Text], issuedAt, notBefore, expiry)
            : null;
    }

    /// <summary>Who that is, by the settings of an auth method.</summary>
    /// <exception cref="LoginException">The token is not for it, or not now.</exception>
    public LoginIdentity Judge(LoginSettings settings, DateTimeOffset now)
    {
        if (IssuedAt == 0 && NotBefore == 0 && Expiry == 0)
        {
            throw new LoginException("no issue time, notbefore, or expiration time encoded in token");
        }

        var expiry = Expiry != 0 ? Expiry : Math.Max(IssuedAt, NotBefore) + Leeway(settings, "ExpirationLeeway", s_claimLeeway);
        var notBefore = NotBefore != 0 ? NotBefore : IssuedAt != 0 ? IssuedAt : expiry - Leeway(settings, "NotBeforeLeeway", s_claimLeeway);
        var skew = Leeway(settings, "ClockSkewLeeway", s_clockLeeway);
        var seconds = now.ToUnixTimeMilliseconds() / 1000.0;
        var bound = settings.Texts("BoundAudiences");
        var fault = settings.Text("BoundIssuer") is { Length: > 0 } expected && expected != Issuer ? "square/go-jose/jwt: validation failed, invalid issuer claim (iss)"
            : seconds + skew < notBefore ? "square/go-jose/jwt: validation failed, token not valid yet (nbf)"
            : seconds - skew > expiry ? "square/go-jose/jwt: validation failed, token is expired (exp)"
            : seconds + skew < IssuedAt ? "square/go-jose/jwt: validation field, token issued in the future (iat)"
            : bound.Count == 0 && Audiences.Count > 0 ? "audience claim found in JWT but no audiences are bound"
            : null;
        return fault is null ? Admit(settings) : throw new LoginException($"error validating claims: {fault}");
    }

    /// <summary>The same of a token whose issuer and times somebody else has judged.</summary>
    /// <exception cref="LoginException">The token is not for the auth method.</exception>
    public LoginIdentity Admit(LoginSettings settings)
    {
        var bound = settings.Texts("BoundAudiences");
        return bound.Count == 0 || bound.Any(Audiences.Contains) ? Map(settings) : throw new LoginException("error validating claims: aud claim does not match any bound audience");
    }

    private LoginIdentity Map(LoginSettings settings)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (claim, name) in settings.TextMap("ClaimMappings"))
        {
            if (Find(claim) is { Kind: not GoKind.Null } value)
            {
                values[name] = TextOf(value) ?? throw new LoginException(
                    $"error converting claim '{claim}' to string from unknown type {(value.Kind == GoKind.Array ? "[]interface {}" : "map[string]interface {}")}");
            }
        }

        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (claim, name) in settings.TextMap("ListClaimMappings"))
        {
            if (Find(claim) is not { Kind: not GoKind.Null } value)
            {
                continue;
            }

            if (value.Kind == GoKind.Object)
            {
                throw new LoginException($"\"{claim}\" list claim could not be converted to string list");
            }

            lists[name] = [.. (value.Kind == GoKind.Array ? value.Items : [value]).Select(item => TextOf(item)
                ?? throw new LoginException($"value in \"{claim}\" list claim could not be parsed as string"))];
        }

        return new LoginIdentity(values, lists);
    }

    // With a slash before it, a name is a path (RFC 6901).
    private GoValue Find(string claim)
    {
        if (!claim.StartsWith('/'))
        {
            return All[claim];
        }

        var at = All;
        foreach (var part in claim[1..].Split('/'))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at.Kind == GoKind.Array
                ? int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < at.Items.Count ? at.Items[i] : GoValue.Null
                : at[name];
        }

        return at;
    }

    private static string? TextOf(GoValue value) => value.Kind switch
    {
        GoKind.String => value.Text,
        GoKind.Bool => value.Bool ? "true" : "false",
        
        // Without what follows the point, as in Consul.
        GoKind.Number => ((long)double.Parse(value.Text, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static long Leeway(LoginSettings settings, string name, TimeSpan unset) =>
        (long)(settings.Duration(name) is { Ticks: not 0 } leeway ? TimeSpan.FromTicks(Math.Max(0, leeway.Ticks)) : unset).TotalSeconds;

    private static bool IsText(GoValue value) => value.Kind is GoKind.String or GoKind.Null;

    private static bool TryTime(GoValue all, string name, out long seconds)
    {
        var value = all[name];
        seconds = value.Kind == GoKind.Number ? (long)Math.Clamp(double.Parse(value.Text, CultureInfo.InvariantCulture), -1e12, 1e12) : 0;
        return value.Kind is GoKind.Number or GoKind.Null;
    }
}
