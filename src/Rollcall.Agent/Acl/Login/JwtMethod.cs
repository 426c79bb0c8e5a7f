using System.Globalization;
using System.Security.Cryptography;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Believes tokens that are signed with one of some keys: those that it has, or those that are at a URL, fetched at each login.</summary>
internal sealed class JwtMethod : ILoginMethod
{
    private static readonly ConfigField[] s_fields =
    [
        new("JWTSupportedAlgs", ConfigType.Texts),
        new("BoundAudiences", ConfigType.Texts),
        new("ClaimMappings", ConfigType.TextMap),
        new("ListClaimMappings", ConfigType.TextMap),
        new(DiscoveryUrl, ConfigType.Text),
        new(DiscoveryAuthority, ConfigType.Text),
        new(JwksUrl, ConfigType.Text),
        new(JwksAuthority, ConfigType.Text),
        new("JWTValidationPubKeys", ConfigType.Texts),
        new("BoundIssuer", ConfigType.Text),
        new("ExpirationLeeway", ConfigType.Int),
        new("NotBeforeLeeway", ConfigType.Int),
        new("ClockSkewLeeway", ConfigType.Int),
    ];

    private const string JwksUrl = "JWKSURL";
    private const string JwksAuthority = "JWKSCACert";
    private const string DiscoveryUrl = "OIDCDiscoveryURL";
    private const string DiscoveryAuthority = "OIDCDiscoveryCACert";
    private const string NotSigned = "failed to verify id token signature";

    // What the library that Consul uses allows for.
    private static readonly TimeSpan s_providerLeeway = TimeSpan.FromMinutes(5);

    private static readonly string[] s_algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    private static readonly FilterFields<LoginIdentity> s_filter = new FilterFields<LoginIdentity>()
        .Map("value", static identity => identity.Values)
        .Lists("list", static identity => identity.Lists);

    private readonly LoginSettings _settings;
    private readonly List<AsymmetricAlgorithm> _keys;
    private readonly TimeProvider _time;

    private JwtMethod(LoginSettings settings, List<AsymmetricAlgorithm> keys, TimeProvider time)
    {
        (_settings, _keys, _time) = (settings, keys, time);
        ValueNames = [.. settings.TextMap("ClaimMappings").Select(static pair => pair.Value)];
    }

    public FilterFields<LoginIdentity> Fields => s_filter;

    public string Prefix => "value.";

    public IReadOnlyCollection<string> ValueNames { get; }

    public static JwtMethod? Create(GoValue config, TimeProvider time, out string fault)
    {
        if (LoginSettings.Read(config, s_fields, out fault) is not { } settings)
        {
            return null;
        }

        var pems = settings.Texts("JWTValidationPubKeys");
        var sources = (pems.Count > 0 ? 1 : 0) + (settings.Text(JwksUrl).Length > 0 ? 1 : 0) + (settings.Text(DiscoveryUrl).Length > 0 ? 1 : 0);
        var keys = pems.Select(static pem => PublicKeyReader.Read(pem)).ToList();
        var algorithm = settings.Texts("JWTSupportedAlgs").FirstOrDefault(static name => !s_algorithms.Contains(name));
        fault = sources != 1 ? "exactly one of 'JWTValidationPubKeys', 'JWKSURL', or 'OIDCDiscoveryURL' must be set for type \"jwt\""
            : settings.Text(DiscoveryAuthority).Length > 0 && settings.Text(DiscoveryUrl).Length == 0 ? "'OIDCDiscoveryCACert' should not be set unless 'OIDCDiscoveryURL' is set"
            : settings.Text(JwksAuthority).Length > 0 && settings.Text(JwksUrl).Length == 0 ? "'JWKSCACert' should not be set unless 'JWKSURL' is set"
            : (AuthorityFault(settings, DiscoveryAuthority) ?? AuthorityFault(settings, JwksAuthority)) is { } authority ? authority
            : keys.IndexOf(null) is >= 0 and var bad
                ? string.Create(CultureInfo.InvariantCulture, $"error parsing public key JWTValidationPubKeys[{bad}]: data does not contain any valid RSA, ECDSA, or ED25519 public keys")
            : algorithm is not null ? $"Invalid supported algorithm: {algorithm}"
            : Repeated(settings, "ClaimMappings") ?? Repeated(settings, "ListClaimMappings") ?? "";
        if (fault.Length == 0)
        {
            return new JwtMethod(settings, keys!, time);
        }

        keys.ForEach(static key => key?.Dispose());
        return null;
    }

    public async Task CheckAsync(CancellationToken cancellation)
    {
        var source = _settings.Text(JwksUrl).Length > 0 ? JwksUrl : _settings.Text(DiscoveryUrl).Length > 0 ? DiscoveryUrl : null;
        try
        {
            if (source == JwksUrl)
            {
                using var keys = await JwtKeys.FetchAsync(_settings.Text(JwksUrl), _settings.Text(JwksAuthority), cancellation).ConfigureAwait(false);
            }
            else if (source == DiscoveryUrl)
            {
                _ = await DiscoverAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (LoginException fault)
        {
            throw new LoginException($"error checking {source}: {fault.Message}");
        }
    }

    public async Task<LoginIdentity> VerifyAsync(string bearer, CancellationToken cancellation)
    {
        if (bearer.Length == 0)
        {
            throw new LoginException("missing jwt");
        }

        var now = _time.GetUtcNow();
        var token = JwsToken.Parse(bearer, out var fault);
        if (_settings.Text(JwksUrl).Length > 0)
        {
            return await VerifyByKeysAsync(token ?? throw new LoginException($"error verifying token: oidc: malformed jwt: {fault}"), now, cancellation).ConfigureAwait(false);
        }

        if (_settings.Text(DiscoveryUrl).Length > 0)
        {
            return await VerifyByProviderAsync(token ?? throw new LoginException($"error validating signature: oidc: malformed jwt: {fault}"), now, cancellation).ConfigureAwait(false);
        }

        // Claims of wrong types are told as a wrong signature, as in Consul.
        var claims = _keys.Exists((token ?? throw new LoginException($"error parsing token: {fault}")).IsSignedBy) ? ClaimsOf(token) : null;
        return (claims ?? throw new LoginException("no known key successfully validated the token signature")).Judge(_settings, now);
    }

    private async Task<LoginIdentity> VerifyByKeysAsync(JwsToken token, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            using var keys = await JwtKeys.FetchAsync(_settings.Text(JwksUrl), _settings.Text(JwksAuthority), cancellation).ConfigureAwait(false);
            if (!keys.Signed(token))
            {
                throw new LoginException(NotSigned);
            }
        }
        catch (LoginException fault)
        {
            throw new LoginException($"error verifying token: {fault.Message}");
        }

        return (ClaimsOf(token) ?? throw new LoginException("failed to unmarshal claims: square/go-jose/jwt: expected number value to unmarshal NumericDate")).Judge(_settings, now);
    }

    // Here the provider's name stands for the issuer that is bound.
    private async Task<LoginIdentity> VerifyByProviderAsync(JwsToken token, DateTimeOffset now, CancellationToken cancellation)
    {
        JwtClaims claims;
        try
        {
            var keysUrl = await DiscoverAsync(cancellation).ConfigureAwait(false);
            claims = ClaimsOf(token) ?? throw new LoginException("oidc: failed to unmarshal claims");
            var (provider, algorithms) = (_settings.Text(DiscoveryUrl), _settings.Texts("JWTSupportedAlgs") is { Count: > 0 } some ? some : ["RS256"]);
            var expiry = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(claims.Expiry, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
            var fault = claims.Issuer != provider ? $"oidc: id token issued by a different provider, expected \"{provider}\" got \"{claims.Issuer}\""
                : expiry < now ? string.Create(CultureInfo.InvariantCulture, $"oidc: token is expired (Token Expiry: {expiry:yyyy-MM-dd HH:mm:ss} +0000 UTC)")
                : claims.NotBefore > (now + s_providerLeeway).ToUnixTimeSeconds() ? "oidc: current time before the nbf (not before) time"
                : !algorithms.Contains(token.Algorithm) ? $"oidc: id token signed with unsupported algorithm, expected [{string.Join(' ', algorithms.Select(static name => $"\"{name}\""))}] got \"{token.Algorithm}\""
                : null;
            if (fault is not null)
            {
                throw new LoginException(fault);
            }

            using var keys = await JwtKeys.FetchAsync(keysUrl, _settings.Text(DiscoveryAuthority), cancellation).ConfigureAwait(false);
            if (!keys.Signed(token))
            {
                throw new LoginException($"failed to verify signature: {NotSigned}");
            }
        }
        catch (LoginException fault)
        {
            throw new LoginException($"error validating signature: {fault.Message}");
        }

        return claims.Admit(_settings);
    }

    /// <summary>Where the provider has its keys.</summary>
    private async Task<string> DiscoverAsync(CancellationToken cancellation)
    {
        using var http = LoginHttp.Client(_settings.Text(DiscoveryAuthority));
        var provider = _settings.Text(DiscoveryUrl);
        var document = await LoginHttp
            .GetAsync(http, $"{provider.TrimEnd('/')}/.well-known/openid-configuration", "oidc: get provider failed", "oidc: failed to decode provider discovery object", cancellation)
            .ConfigureAwait(false);
        return document["issuer"].Text is var issuer && issuer == provider
            ? document["jwks_uri"].Text
            : throw new LoginException($"oidc: issuer did not match the issuer returned by provider, expected \"{provider}\" got \"{issuer}\"");
    }

    private static JwtClaims? ClaimsOf(JwsToken token) => token.Claims() is { } all ? JwtClaims.Read(all) : null;

    private static string? AuthorityFault(LoginSettings settings, string name) => settings.Text(name) is not { Length: > 0 } pem ? null : AuthorityFault(name, PublicKeyReader.Read(pem, certificatesOnly: true));

    private static string? AuthorityFault(string name, AsymmetricAlgorithm? key)
    {
        using (key)
        {
            return key is null ? $"error checking {name}: could not parse CA PEM value successfully" : null;
        }
    }

    public void Dispose() => _keys.ForEach(static key => key.Dispose());

    private static string? Repeated(LoginSettings settings, string name) =>
        settings.TextMap(name).GroupBy(static pair => pair.Value, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice
            ? $"{name} contains multiple mappings for key \"{twice.Key}\""
            : null;
}
