namespace Rollcall.Consul;

/// <summary>
/// Where Consul is and how to talk to it. A new instance holds what Consul's environment variables say, like every program
/// that talks to Consul; what is set afterwards takes precedence. Read once by <see cref="ConsulClient"/>.
/// </summary>
public sealed class ConsulClientOptions
{
    // No timer takes more than 49 days, and whoever means never has it with less.
    private static readonly TimeSpan s_maxTime = TimeSpan.FromDays(1);

    /// <summary>Options with what the environment says.</summary>
    /// <exception cref="FormatException">A variable has a value, or names a token's file, that can't be used; the message names it.</exception>
    public ConsulClientOptions()
        : this(Environment.GetEnvironmentVariable)
    {
    }

    private ConsulClientOptions(Func<string, string?> read)
    {
        var environment = new ConsulEnvironment(read);
        (Address, FurtherAddresses) = environment.Addresses();
        IsAddressSet = environment.NamesAddress;
        (Token, TokenOrigin, TokenFile) = environment.Token();
        HttpAuth = environment.Text("CONSUL_HTTP_AUTH");
        Namespace = environment.Text("CONSUL_NAMESPACE");
        CaCertificatePath = environment.Text("CONSUL_CACERT") ?? environment.Text("CONSUL_CAPATH");
        ClientCertificatePath = environment.Text("CONSUL_CLIENT_CERT");
        ClientKeyPath = environment.Text("CONSUL_CLIENT_KEY");
        TlsServerName = environment.Text("CONSUL_TLS_SERVER_NAME");
        SkipTlsVerification = !environment.Flag("CONSUL_HTTP_SSL_VERIFY", true);
    }

    /// <summary>
    /// The agent: <c>http://</c>, <c>https://</c>, or <c>unix://</c> with the path of a socket. Setting it empties <see cref="FurtherAddresses"/>.
    /// </summary>
    /// <value>
    /// Default the first in <c>CONSUL_HTTP_ADDR</c>, else the agent in the same host (<c>AddRollcallAgent</c>) for clients of its container,
    /// else http://127.0.0.1:8500.
    /// </value>
    public Uri Address
    {
        get;
        set
        {
            // The binder of a configuration sets each property to what it is where the key is missing.
            if (ReferenceEquals(field, value))
            {
                return;
            }

            field = value;
            IsAddressSet = true;
            FurtherAddresses = [];
        }
    }

    /// <summary>
    /// Further agents of the same cluster, in the same forms, asked in turn while the one in use does not answer; one that answers stays in use.
    /// Only what belongs to an agent itself, such as registrations, goes to <see cref="Address"/> alone.
    /// </summary>
    /// <value>Default what follows the first in <c>CONSUL_HTTP_ADDR</c>, separated by commas.</value>
    public IReadOnlyList<Uri> FurtherAddresses
    {
        get;
        set
        {
            IsAddressSet |= !ReferenceEquals(field, value);
            field = value;
        }
    }

    /// <summary>
    /// Sent in the header <c>X-Consul-Token</c> and nowhere else. One from the file that <c>CONSUL_HTTP_TOKEN_FILE</c> names can be replaced there as the process runs: when the agent
    /// no longer knows it (403, <c>ACL not found</c>), the file is read again, and further requests carry what is in it then.
    /// </summary>
    /// <value>Default what is in the file that <c>CONSUL_HTTP_TOKEN_FILE</c> names, else <c>CONSUL_HTTP_TOKEN</c>, else null: none.</value>
    public string? Token
    {
        get;
        set
        {
            if (field != value)
            {
                field = value;
                TokenOrigin = "ConsulClientOptions.Token";
                TokenFile = null;
            }
        }
    }

    /// <summary>
    /// Where <see cref="Token"/> is from, for messages that say where to put another one. Setting <see cref="Token"/> to another one sets this, too: set it afterwards. It is no secret.
    /// </summary>
    /// <value>Default <c>CONSUL_HTTP_TOKEN</c>, or the file that <c>CONSUL_HTTP_TOKEN_FILE</c> names; <c>ConsulClientOptions.Token</c> once that is set to another one.</value>
    public string TokenOrigin { get; set; }

    /// <summary>Where <see cref="Token"/> was read; null: in no file, or it was set since.</summary>
    internal string? TokenFile { get; private set; }

    /// <summary>
    /// User and password, <c>user:password</c>, for a proxy in front of the agents that asks for HTTP's Basic authentication. Sent in the header <c>Authorization</c> and
    /// nowhere else, beside the token.
    /// </summary>
    /// <value>Default <c>CONSUL_HTTP_AUTH</c>, else null: none.</value>
    public string? HttpAuth { get; set; }

    /// <summary>The datacenter that reads and writes of catalog, health and KV are for.</summary>
    /// <value>Default null: the agent's own.</value>
    public string? Datacenter { get; set; }

    /// <summary>The namespace, which only Consul Enterprise knows.</summary>
    /// <value>Default <c>CONSUL_NAMESPACE</c>, else null.</value>
    public string? Namespace { get; set; }

    /// <summary>How long one blocking query waits, where the query itself doesn't say.</summary>
    /// <value>Default 5 minutes. Above 0, at most 10 minutes.</value>
    public TimeSpan WaitTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long an answer may take; a blocking query gets its wait and a sixteenth of it on top. Of snapshots, and of lists of keys with their values: how long it may take
    /// to begin, and each piece of it to come.
    /// </summary>
    /// <value>Default 15 seconds: a cluster that elects a leader may take most of that. Above 0, at most a day.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The shortest time from one answer of a watch to the next query: what is watched may change without end, such as a service that doesn't exist.</summary>
    /// <value>Default 100 milliseconds. From 0 to a day.</value>
    public TimeSpan MinQueryInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How many queries the watches of a client may have open at once at <c>http://</c> addresses, where each takes a connection: an agent of Consul takes
    /// 200 connections from one address (<c>limits.http_max_conns_per_client</c>) and closes more at once. Three quarters go to the watches that come
    /// first; all others take turns at the rest, and hear of changes up to 10 seconds later. From 3 on a sixteenth, one at least, is for the first queries of
    /// watches, so that a list is known without waiting for a turn. With <c>https://</c> queries are streams of
    /// one HTTP/2 connection, and there is no bound.
    /// </summary>
    /// <value>Default 96: two processes on a machine are within what Consul takes. From 2.</value>
    public int MaxOpenQueries { get; set; } = 96;

    /// <summary>
    /// How long an answer may be, in bytes, so that something else than Consul can't fill this process's memory. Snapshots, and lists of keys with their values, may be of any length.
    /// </summary>
    /// <value>Default 64 MiB, some 60,000 instances of a service. Above 0.</value>
    public long MaxAnswerBytes { get; set; } = 64L << 20;

    /// <summary>A PEM file with the authorities that may have issued the agent's certificate, or a directory of such files; they replace the system's.</summary>
    /// <value>Default <c>CONSUL_CACERT</c>, else <c>CONSUL_CAPATH</c>, else null: the system's.</value>
    public string? CaCertificatePath { get; set; }

    /// <summary>A PEM file with the client's certificate.</summary>
    /// <value>Default <c>CONSUL_CLIENT_CERT</c>, else null: none.</value>
    public string? ClientCertificatePath { get; set; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificatePath"/>.</summary>
    /// <value>Default <c>CONSUL_CLIENT_KEY</c>, else null: it's in the certificate's file.</value>
    public string? ClientKeyPath { get; set; }

    /// <summary>The name that the agent's certificate must carry.</summary>
    /// <value>Default <c>CONSUL_TLS_SERVER_NAME</c>, else null: the host of <see cref="Address"/>.</value>
    public string? TlsServerName { get; set; }

    /// <summary>Accepts any certificate: for experiments only.</summary>
    /// <value>Default false, or true if <c>CONSUL_HTTP_SSL_VERIFY</c> is false.</value>
    public bool SkipTlsVerification { get; set; }

    /// <summary>Options with what an environment says.</summary>
    /// <param name="read">Gives the value of a variable, or null. Null: the process's environment.</param>
    /// <exception cref="FormatException">A variable has a value, or names a token's file, that can't be used; the message names it.</exception>
    public static ConsulClientOptions FromEnvironment(Func<string, string?>? read = null) =>
        new(read ?? Environment.GetEnvironmentVariable);

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        foreach (var address in Addresses)
        {
            if (address is null || !address.IsAbsoluteUri || address.Scheme is not ("http" or "https" or "unix")
                || (address.Scheme == "unix" && address.Host.Length > 0))
            {
                faults.Add($"Address {NameOf(address)} is not usable: give http://host:8500, https://host:8501 or unix:///path/of/socket.");
            }
        }

        if (Addresses.Distinct().Count() < FurtherAddresses.Count + 1)
        {
            faults.Add("FurtherAddresses names an agent twice, or the one in Address: leave it out.");
        }

        if (Token is not null && !IsHeaderValue(Token))
        {
            faults.Add("Token contains a space, a line break or another character that no header can carry: was it read from a file with a trailing newline?");
        }

        if (Timeout <= TimeSpan.Zero || Timeout > s_maxTime)
        {
            faults.Add($"Timeout is {Timeout}: it must be above 0 and at most {s_maxTime.TotalDays} day, which is as good as none.");
        }

        if (WaitTime <= TimeSpan.Zero || WaitTime > Wire.BlockingIndex.MaxWait)
        {
            faults.Add($"WaitTime is {WaitTime}: it must be above 0 and at most {Wire.BlockingIndex.MaxWait}.");
        }

        if (MinQueryInterval < TimeSpan.Zero || MinQueryInterval > s_maxTime)
        {
            faults.Add($"MinQueryInterval is {MinQueryInterval}: it must be from 0 to {s_maxTime.TotalDays} day.");
        }

        if (MaxOpenQueries < 2)
        {
            faults.Add($"MaxOpenQueries is {MaxOpenQueries}: it must be at least 2.");
        }

        if (MaxAnswerBytes <= 0)
        {
            faults.Add($"MaxAnswerBytes is {MaxAnswerBytes}: it must be above 0.");
        }

        if (ClientKeyPath is not null && ClientCertificatePath is null)
        {
            faults.Add("ClientKeyPath is set without ClientCertificatePath: set CONSUL_CLIENT_CERT too.");
        }

        return faults;
    }

    /// <summary>Whether somebody said where the agents are, so that no other address may take their place.</summary>
    internal bool IsAddressSet { get; private set; }

    /// <summary>
    /// How long connecting to an agent may take: Linux tries after 0, 1 and 3 seconds. It is less than what a heartbeat of a registration may take by default
    /// (5 seconds), which would otherwise be over first and tell less. Tests set it.
    /// </summary>
    internal TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(4);

    internal IEnumerable<Uri> Addresses => [Address, .. FurtherAddresses];

    /// <summary>What may be told of an address that is wrong: its user and path may be secrets.</summary>
    private static string NameOf(Uri? address) => address switch
    {
        null => "null",
        { IsAbsoluteUri: false } => "(not absolute)",
        { Host.Length: 0 } => $"'{address.Scheme}:'",
        _ => $"'{address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}'",
    };

    /// <summary>Visible ASCII: all that a token consists of, and nothing that could end a header.</summary>
    internal static bool IsHeaderValue(string token) => token.AsSpan().IndexOfAnyExceptInRange('\x21', '\x7e') < 0;
}
