using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Rollcall.Agent.Http;

namespace Rollcall.Agent.Configuration;

/// <summary>What several sources of configuration say of TLS, sockets, limits and headers, together.</summary>
internal sealed class ListenSettings
{
    private const string Unix = "unix://";
    private const string TranslateHeader = "X-Consul-Translate-Addresses";

    // Consul's list of what may be chosen.
    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ];

    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _blocked = [];
    private readonly List<IPNetwork> _writers = [];
    private int? _httpsPort;
    private string? _httpAddress;
    private string? _httpsAddress;
    private string? _certificate;
    private string? _key;
    private string? _authority;
    private string? _authorities;
    private bool? _verify;
    private bool? _verifyHttps;
    private bool? _forChecks;
    private string? _serverName;
    private readonly LimitFields _limits = new();
    private int? _connections;
    private string? _mode;
    private string? _socketUser;
    private string? _socketGroup;
    private string? _minVersion;
    private IReadOnlyList<TlsCipherSuite> _suites = [];
    private bool? _translates;

    /// <summary>What was asked for that is not done.</summary>
    public IEnumerable<string> Warnings => _certificate is null && _httpsPort >= 0
        ? [string.Create(CultureInfo.InvariantCulture, $"ports.https ({_httpsPort}) is not opened: it needs a certificate, set cert_file and key_file")]
        : [];

    public void Apply(ConfigObject file, ConfigObject ports, ConfigObject addresses)
    {
        _httpsPort = ports.Port("https") ?? _httpsPort;
        _httpAddress = AddressFields.Read(addresses, "http") ?? _httpAddress;
        if (_httpAddress?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } several && several.Any(static one => one.StartsWith(Unix, StringComparison.Ordinal)))
        {
            addresses.Faults.Value(addresses.PathOf("http"), "this agent listens on one unix socket, or on addresses: name one of both");
        }

        _httpsAddress = AddressFields.Read(addresses, "https") ?? _httpsAddress;
        _certificate = file.Text("cert_file") ?? _certificate;
        _key = file.Text("key_file") ?? _key;
        _authority = file.Text("ca_file") ?? _authority;
        _authorities = file.Text("ca_path") ?? _authorities;
        _verify = file.Bool("verify_incoming") ?? _verify;
        _forChecks = file.Bool("enable_agent_tls_for_checks") ?? _forChecks;
        _serverName = file.Text("server_name") ?? _serverName;
        _verifyHttps = file.Bool("verify_incoming_https") ?? _verifyHttps;
        _minVersion = file.Text("tls_min_version") ?? _minVersion;
        if (_minVersion is not (null or "" or "tls10" or "tls11" or "tls12" or "tls13"))
        {
            file.Faults.Value("tls_min_version", $"value {_minVersion} not supported, please specify one of [tls10,tls11,tls12,tls13]");
        }

        _suites = file.Text("tls_cipher_suites") is { } suites ? ReadSuites(suites, file) : _suites;

        // The agent's order is the one that counts in any case.
        ConfigObject.PassOver(file.Bool, "tls_prefer_server_cipher_suites");
        var limits = file.Object("limits");
        _connections = limits.Int("http_max_conns_per_client") ?? _connections;
        _limits.Apply(limits);
        var sockets = file.Object("unix_sockets");
        _mode = sockets.Text("mode") ?? _mode;
        _socketUser = sockets.Text("user") ?? _socketUser;
        _socketGroup = sockets.Text("group") ?? _socketGroup;
        var http = file.Object("http_config");
        var none = new Dictionary<string, string>();
        var (headers, olderHeaders) = (http.TextMap("response_headers") ?? none, file.TextMap("http_api_response_headers") ?? none);
        foreach (var (name, value) in olderHeaders.Concat(headers))
        {
            if (HttpRules.HeaderFault(name, value) is { } fault)
            {
                http.Faults.Value(http.PathOf("response_headers"), fault);
            }

            _headers[name] = value;
        }

        _translates = file.Bool("translate_wan_addrs") ?? _translates;
        _blocked.AddRange(http.Texts("block_endpoints") ?? []);
        foreach (var text in http.Texts("allow_write_http_from") ?? [])
        {
            if (HttpRules.ReadNetwork(text) is { } network)
            {
                _writers.Add(network);
            }
            else
            {
                http.Faults.Value(http.PathOf("allow_write_http_from"), $"\"{text}\" is no network: write it as 10.0.0.0/8");
            }
        }

        ConfigObject.PassOver(http.Bool, "use_cache");
        ConfigObject.PassOver(file.Bool, "verify_incoming_rpc");
    }

    public void ApplyTo(ConsulAgentOptions options)
    {
        var (http, https) = (NullIfEmpty(_httpAddress), NullIfEmpty(_httpsAddress));
        if (http is { } address && address.StartsWith(Unix, StringComparison.Ordinal))
        {
            options.UnixSocket = address[Unix.Length..];
        }
        else if (http is not null)
        {
            // Its own alone: the others stay where clients are.
            options.Dns.Address ??= options.ClientAddress;
            options.HttpsAddress = options.ClientAddress;
            options.ClientAddress = http;
        }

        options.HttpsAddress = https ?? options.HttpsAddress;

        // Test servers name a port without having a certificate; nobody could shake hands there.
        options.HttpsPort = _certificate is null ? -1 : _httpsPort ?? -1;
        options.Tls = new AgentTlsOptions
        {
            CertificateFile = NullIfEmpty(_certificate),
            KeyFile = NullIfEmpty(_key),
            AuthorityFile = NullIfEmpty(_authority),
            AuthorityDirectory = NullIfEmpty(_authorities),
            // As in Consul, where either may ask for certificates and neither may do without those that the other asks for.
            VerifyIncoming = _verify == true || _verifyHttps == true,

            UseForChecks = _forChecks ?? false,
            CheckServerName = NullIfEmpty(_serverName),

            // The system has nothing older that it would speak if it were asked to.
            MinVersion = _minVersion switch { "tls12" => SslProtocols.Tls12, "tls13" => SslProtocols.Tls13, _ => SslProtocols.None },
            CipherSuites = _suites,
        };
        _limits.ApplyTo(options.Limits);
        options.MaxConnectionsPerClient = _connections is > 0 ? _connections : null;
        // Nobody here has an address in another datacenter, so all there is to it is to say so.
        options.ResponseHeaders = _translates == true ? new Dictionary<string, string>(_headers) { [TranslateHeader] = "true" } : _headers;
        options.BlockedEndpoints = _blocked;
        options.AllowWritesFrom = _writers;

        // As by Consul, looked at only where there is a socket.
        options.UnixSocketMode = options.UnixSocket is null || NullIfEmpty(_mode) is not { } mode ? null : ReadMode(mode);
        (options.UnixSocketUser, options.UnixSocketGroup) = (NullIfEmpty(_socketUser), NullIfEmpty(_socketGroup));
    }

    private static IReadOnlyList<TlsCipherSuite> ReadSuites(string text, ConfigObject file)
    {
        text = text.Trim();
        var names = text.Length == 0 ? [] : text.Split(',');
        if (names.FirstOrDefault(static name => !s_suites.Any(suite => suite.ToString() == name)) is { } unknown)
        {
            file.Faults.Value("tls_cipher_suites", $"invalid tls cipher suites: unsupported cipher \"{unknown}\"");
            return [];
        }

        return [.. names.Select(static name => Enum.Parse<TlsCipherSuite>(name))];
    }

    private static UnixFileMode ReadMode(string text)
    {
        try
        {
            return (UnixFileMode)Convert.ToInt32(text, 8);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or ArgumentException)
        {
            throw new ConsulAgentException($"unix_sockets.mode: \"{text}\" is no file mode: use octal digits such as \"0660\"", fault);
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
