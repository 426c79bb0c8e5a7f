namespace Rollcall.Agent.Configuration;

/// <summary>What belongs together, though it does nothing here: taken where Consul takes it, and refused in its words where it refuses it, in its order.</summary>
internal sealed class ClusterRules
{
    private bool? _server;
    private string? _primary;
    private string? _decidesAccess;
    private bool _gateways;
    private string? _segment;
    private bool _hasSegments;
    private bool? _ui;
    private string? _uiDirectory;
    private bool? _federates;
    private bool? _verifies;
    private bool? _givesCertificates;
    private bool? _takesCertificates;
    private bool? _givesConfiguration;
    private bool? _takesConfiguration;

    /// <param name="file">A source.</param>
    /// <param name="connect">What it says of the mesh.</param>
    /// <param name="decidesAccess">Its older name of the primary datacenter.</param>
    public void Apply(ConfigObject file, ConfigObject connect, string? decidesAccess)
    {
        _server = file.Bool("server") ?? _server;
        _primary = file.Text("primary_datacenter") ?? _primary;
        _decidesAccess = decidesAccess ?? _decidesAccess;

        // Lists of several sources are one.
        _gateways |= file.Texts("primary_gateways")?.Any(static gateway => gateway.Length > 0) == true;
        _ui = file.Bool("ui") ?? _ui;
        _uiDirectory = file.Text("ui_dir") ?? _uiDirectory;
        _verifies = file.Bool("verify_outgoing") ?? _verifies;
        _federates = connect.Bool("enable_mesh_gateway_wan_federation") ?? _federates;
        if (connect.Text("ca_provider") is { } provider and not ("" or "consul" or "vault" or "aws-pca"))
        {
            file.Faults.Value($"{provider} is not a valid CA provider");
        }

        ApplySegments(file);
        ApplyAutomatic(file);
    }

    /// <param name="options">What else was said: the datacenter, whether the node begins by itself, and whether there is a mesh.</param>
    /// <exception cref="ConsulAgentException">Something does not fit the rest.</exception>
    public void Validate(ConsulAgentOptions options)
    {
        var primary = (string.IsNullOrEmpty(_primary) ? _decidesAccess : _primary)?.ToLowerInvariant();
        var isServer = _server == true;
        if ((FaultOfPlace(primary, isServer, options) ?? FaultOfMode(isServer)) is { } fault)
        {
            throw new ConsulAgentException(fault);
        }
    }

    // What Consul looks at before services are, and after them.
    private string? FaultOfPlace(string? primary, bool isServer, ConsulAgentOptions options) =>
        _federates == true && !options.ConnectEnabled ? "'connect.enable_mesh_gateway_wan_federation=true' requires 'connect.enabled=true'"
        : !string.IsNullOrEmpty(_segment) || _hasSegments ? "Network segments are not supported in this version of Consul"
        : options.IsBootstrap && !isServer ? "'bootstrap = true' requires 'server = true'"
        : primary?.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') == false ? $"acl_datacenter cannot be \"{primary}\". Please use only [a-z0-9-_]"
        : _ui == true && !string.IsNullOrEmpty(_uiDirectory)
            ? "Both the ui and ui-dir flags were specified, please provide only one.\nIf trying to use your own web UI resources, use the ui-dir flag.\nThe web UI is included in the binary so use ui to enable it"
        : _federates == true && !isServer ? "'connect.enable_mesh_gateway_wan_federation = true' requires 'server = true'"
        : !_gateways ? null
        : !isServer ? "'primary_gateways' requires 'server = true'"
        : string.IsNullOrEmpty(primary) || primary.Equals(options.Datacenter, StringComparison.OrdinalIgnoreCase) ? "'primary_gateways' should only be configured in a secondary datacenter"
        : null;

    private string? FaultOfMode(bool isServer) =>
        isServer && _takesCertificates == true ? "auto_encrypt.tls can only be used on a client."
        : !isServer && _givesCertificates == true ? "auto_encrypt.allow_tls can only be used on a server."
        : _takesConfiguration == true && _takesCertificates == true ? "both auto_encrypt.tls and auto_config.enabled cannot be set to true."
        : !isServer && _givesConfiguration == true ? "auto_config.authorization.enabled cannot be set to true for client agents"
        : _takesConfiguration != true ? null
        : _verifies != true ? "auto_config.enabled cannot be set without configuring TLS for server communications"
        : isServer ? "auto_config.enabled cannot be set to true for server agents."
        : null;

    private void ApplySegments(ConfigObject file)
    {
        _segment = file.Text("segment") ?? _segment;
        foreach (var (path, value) in file.Objects("segments"))
        {
            _hasSegments = true;
            var segment = new ConfigObject(value, path, file.Faults);
            ConfigObject.PassOver(segment.Text, "advertise", "bind");
            ConfigObject.PassOver(segment.Bool, "rpc_listener");
            var name = segment.Text("name");
            if (segment.Int("port") is null or <= 0)
            {
                file.Faults.Value($"Port for segment \"{name}\" cannot be <= 0");
            }

            segment.End();
        }
    }

    /// <summary>How clients of a cluster come to certificates and configuration.</summary>
    private void ApplyAutomatic(ConfigObject file)
    {
        var encrypt = file.Object("auto_encrypt");
        _givesCertificates = encrypt.Bool("allow_tls") ?? _givesCertificates;
        _takesCertificates = encrypt.Bool("tls") ?? _takesCertificates;
        ConfigObject.PassOver(encrypt.Texts, "dns_san", "ip_san");
        var config = file.Object("auto_config");
        _takesConfiguration = config.Bool("enabled") ?? _takesConfiguration;
        ConfigObject.PassOver(config.Text, "intro_token", "intro_token_file");
        ConfigObject.PassOver(config.Texts, "dns_sans", "ip_sans", "server_addresses");
        var authorization = config.Object("authorization");
        _givesConfiguration = authorization.Bool("enabled") ?? _givesConfiguration;
        var rules = authorization.Object("static");
        ConfigObject.PassOver(rules.Bool, "allow_reuse");
        ConfigObject.PassOver(rules.Text, "bound_issuer", "jwks_ca_cert", "jwks_url", "oidc_discovery_ca_cert", "oidc_discovery_url");
        ConfigObject.PassOver(rules.Duration, "clock_skew_leeway", "expiration_leeway", "not_before_leeway");
        ConfigObject.PassOver(rules.Texts, "bound_audiences", "claim_assertions", "jwt_supported_algs", "jwt_validation_pub_keys");
        ConfigObject.PassOver(rules.TextMap, "claim_mappings", "list_claim_mappings");
    }
}
