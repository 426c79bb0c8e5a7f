using System.Globalization;
using System.Security.Cryptography;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Filter;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Believes tokens that are signed with one of some keys.</summary>
internal sealed class JwtMethod : ILoginMethod
{
    private static readonly ConfigField[] s_fields =
    [
        new("JWTSupportedAlgs", ConfigType.Texts),
        new("BoundAudiences", ConfigType.Texts),
        new("ClaimMappings", ConfigType.TextMap),
        new("ListClaimMappings", ConfigType.TextMap),
        new("OIDCDiscoveryURL", ConfigType.Text),
        new("OIDCDiscoveryCACert", ConfigType.Text),
        new("JWKSURL", ConfigType.Text),
        new("JWKSCACert", ConfigType.Text),
        new("JWTValidationPubKeys", ConfigType.Texts),
        new("BoundIssuer", ConfigType.Text),
        new("ExpirationLeeway", ConfigType.Int),
        new("NotBeforeLeeway", ConfigType.Int),
        new("ClockSkewLeeway", ConfigType.Int),
    ];

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

    public static JwtMethod? Create(Http.Decoding.GoValue config, TimeProvider time, out string fault)
    {
        if (LoginSettings.Read(config, s_fields, out fault) is not { } settings)
        {
            return null;
        }

        var pems = settings.Texts("JWTValidationPubKeys");
        var sources = (pems.Count > 0 ? 1 : 0) + (settings.Text("JWKSURL").Length > 0 ? 1 : 0) + (settings.Text("OIDCDiscoveryURL").Length > 0 ? 1 : 0);
        var keys = pems.Select(static pem => PublicKeyReader.Read(pem)).ToList();
        var algorithm = settings.Texts("JWTSupportedAlgs").FirstOrDefault(static name => !s_algorithms.Contains(name));
        fault = sources != 1 ? "exactly one of 'JWTValidationPubKeys', 'JWKSURL', or 'OIDCDiscoveryURL' must be set for type \"jwt\""
            : settings.Text("OIDCDiscoveryCACert").Length > 0 && settings.Text("OIDCDiscoveryURL").Length == 0 ? "'OIDCDiscoveryCACert' should not be set unless 'OIDCDiscoveryURL' is set"
            : settings.Text("JWKSCACert").Length > 0 && settings.Text("JWKSURL").Length == 0 ? "'JWKSCACert' should not be set unless 'JWKSURL' is set"
            : pems.Count == 0 ? "this agent fetches no keys: write them into 'JWTValidationPubKeys' instead of 'JWKSURL' or 'OIDCDiscoveryURL'"
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

    public Task<LoginIdentity> VerifyAsync(string bearer, CancellationToken cancellation)
    {
        if (bearer.Length == 0)
        {
            throw new LoginException("missing jwt");
        }

        var token = JwsToken.Parse(bearer, out var fault) ?? throw new LoginException($"error parsing token: {fault}");

        // Claims of wrong types are told as a wrong signature, as in Consul.
        var claims = _keys.Exists(token.IsSignedBy) && token.Claims() is { } all ? JwtClaims.Read(all) : null;
        return Task.FromResult((claims ?? throw new LoginException("no known key successfully validated the token signature")).Judge(_settings, _time.GetUtcNow()));
    }

    public void Dispose() => _keys.ForEach(static key => key.Dispose());

    private static string? Repeated(LoginSettings settings, string name) =>
        settings.TextMap(name).GroupBy(static pair => pair.Value, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice
            ? $"{name} contains multiple mappings for key \"{twice.Key}\""
            : null;
}
