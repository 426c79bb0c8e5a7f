using System.Net;

namespace Rollcall.Agent.Dns;

/// <summary>How the agent answers DNS; the names in brackets are Consul's in a configuration file. Read once, at start.</summary>
public sealed class DnsServerOptions
{
    /// <summary>The address that the DNS server listens on (<c>addresses.dns</c>).</summary>
    /// <value>Default null: that of the HTTP API, <see cref="ConsulAgentOptions.ClientAddress"/>. Several with blanks between them.</value>
    public string? Address { get; set; }

    /// <summary>The zone that the agent answers for (<c>domain</c>).</summary>
    /// <value>Default <c>consul.</c></value>
    public string Domain { get; set; } = "consul.";

    /// <summary>A second name for the zone (<c>alt_domain</c>). Names in answers are below <see cref="Domain"/> all the same.</summary>
    /// <value>Default null: none.</value>
    public string? AltDomain { get; set; }

    /// <summary>How long others may keep what is said about nodes (<c>node_ttl</c>).</summary>
    /// <value>Default 0. Whole seconds, up to 2,147,483,647.</value>
    public TimeSpan NodeTtl { get; set; }

    /// <summary>
    /// How long others may keep what is said about a service (<c>service_ttl</c>), by its name; <c>web*</c> is for all names that begin with
    /// <c>web</c>, the longest such beginning wins. As in Consul the name is compared as it is looked up: write it in lower case, but for a prepared query as the
    /// query spells it.
    /// </summary>
    /// <value>Default empty: 0. Whole seconds.</value>
    public IDictionary<string, TimeSpan> ServiceTtl { get; } = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>Leave out instances with warnings, too; those with critical checks always are (<c>only_passing</c>).</summary>
    /// <value>Default false.</value>
    public bool OnlyPassing { get; set; }

    /// <summary>Say so when an answer by UDP was shortened, which makes clients ask again by TCP (<c>enable_truncate</c>).</summary>
    /// <value>Default false, as in Consul: clients take the few that they got.</value>
    public bool EnableTruncate { get; set; }

    /// <summary>How many answers a client gets by UDP that does not say how much it can take (<c>udp_answer_limit</c>).</summary>
    /// <value>Default 3. From 0, which leaves them answers by TCP alone; more than 8 are 8.</value>
    public int UdpAnswerLimit { get; set; } = 3;

    /// <summary>How many addresses an answer has at most (<c>a_record_limit</c>).</summary>
    /// <value>Default 0: no limit.</value>
    public int AddressLimit { get; set; }

    /// <summary>Add the metadata of nodes to answers as text (<c>enable_additional_node_meta_txt</c>). Who asks for text gets it anyway.</summary>
    /// <value>Default true.</value>
    public bool NodeMetaText { get; set; } = true;

    /// <summary>The <c>refresh</c> of the zone.</summary>
    /// <value>Default 1 hour. Whole seconds.</value>
    public TimeSpan SoaRefresh { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The <c>retry</c> of the zone.</summary>
    /// <value>Default 10 minutes. Whole seconds.</value>
    public TimeSpan SoaRetry { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The <c>expire</c> of the zone.</summary>
    /// <value>Default 1 day. Whole seconds.</value>
    public TimeSpan SoaExpire { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long others may keep it that a name does not exist (<c>min_ttl</c>).</summary>
    /// <value>Default 0. Whole seconds.</value>
    public TimeSpan SoaMinTtl { get; set; }

    /// <summary>
    /// Servers that are asked, in this order, for names outside the zone (<c>recursors</c>): addresses or names of hosts, with a port if it is not 53
    /// (<c>192.0.2.1</c>, <c>192.0.2.1:5353</c>, <c>[2001:db8::1]:53</c>, <c>dns.example.org</c>). Names are looked up once, at the start.
    /// The agent's own DNS server among them is not asked; <c>0.0.0.0</c> and <c>::</c> are refused.
    /// </summary>
    /// <value>Default empty: such questions are refused.</value>
    public IList<string> Recursors { get; } = [];

    /// <summary>How long one of <see cref="Recursors"/> is waited for (<c>recursor_timeout</c>).</summary>
    /// <value>Default 2 seconds. More than 0, at most 1 minute.</value>
    public TimeSpan RecursorTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Looks the names among <see cref="Recursors"/> up; tests have their own.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; set; } = System.Net.Dns.GetHostAddressesAsync;
}
