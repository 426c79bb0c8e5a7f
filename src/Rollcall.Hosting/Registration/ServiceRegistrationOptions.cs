using Rollcall.Consul.Wire;

namespace Rollcall.Hosting;

/// <summary>How one service registers itself. Read once, when the host starts; faults in it stop the host from starting.</summary>
public sealed class ServiceRegistrationOptions
{
    /// <summary>
    /// Whether the service is registered at all. False where nobody could call it, as in tests with a server in memory (<c>TestServer</c>,
    /// <c>WebApplicationFactory</c>): nothing is asked of an agent, and the log says so once.
    /// </summary>
    /// <value>Default true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>What callers know the service by.</summary>
    /// <value>Default: the name given to <c>AddServiceRegistration</c>.</value>
    public string Name { get; set; } = "";

    /// <summary>Tells this instance from the others at the same agent.</summary>
    /// <value>Default null: name, address and port, so that a restart takes its own place again and nobody else's.</value>
    public string? Id { get; set; }

    /// <summary>Host name or IP address under which callers reach this instance; without scheme, port and brackets.</summary>
    /// <value>
    /// Default null: what the server is bound to; if it's bound to every address, the one of this machine that leads to the agent or,
    /// with the agent on this machine, the one of the interface with the default route. That one is looked up again while the host runs.
    /// </value>
    public string? Address { get; set; }

    /// <summary>The port callers connect to.</summary>
    /// <value>
    /// Default null: one that the server is bound to, at <see cref="Address"/> where that is set and the server is bound to it or to every address, else the first.
    /// From 1 to 65535.
    /// </value>
    public int? Port { get; set; }

    /// <summary>
    /// Further ports by name, such as <c>metrics</c>, which callers can ask for (<c>orders?port=metrics</c>). They are registered as Consul's tagged
    /// addresses, at the instance's address.
    /// </summary>
    /// <value>Default empty. Names of letters, digits, '-' and '_', but not Consul's own (<c>lan</c>, <c>wan</c>); ports from 1 to 65535.</value>
    public IDictionary<string, int> Ports { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Words that callers can ask for.</summary>
    public IList<string> Tags { get; } = [];

    /// <summary>Facts about the instance; <c>scheme</c> is set to that of the server's address unless it is there. At most 64, keys of letters, digits, '-' and '_' up to 128, none of which begins with Consul's own <c>consul-</c>, values up to 512 bytes in UTF-8.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Its share of the calls for policies that weigh: while its checks pass, and while one warns, for callers that ask for such instances
    /// (<c>ServiceQuery.WarningToo</c>).
    /// </summary>
    /// <value>Default null: 1 for 1.</value>
    public ServiceWeights? Weights { get; set; }

    /// <summary>How the agent learns whether the instance is well.</summary>
    /// <value>Default, when nothing is added: a TTL of 15 seconds, kept up by heartbeats.</value>
    public ServiceChecksBuilder Checks { get; } = new();

    /// <summary>What the agent assumes until a check has its first result; a TTL check with a function is asked at once and begins critical.</summary>
    /// <value>Default true: the registration is sent when the server takes calls, so the instance is passing at once. False: critical.</value>
    public bool PassingAtFirst { get; set; } = true;

    /// <summary>How long an instance may be critical before the agent removes it, with every kind of check. It comes back by itself when it lives.</summary>
    /// <value>Default 1 minute, the least that Consul grants. At most 36500 days. Null: never.</value>
    public TimeSpan? DeregisterCriticalServiceAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// At shutdown, the time from deregistering to the moment when the server stops taking calls: callers learn of it and
    /// go elsewhere, so that no call meets a closed door.
    /// </summary>
    /// <value>Default 2 seconds. 0: none. At most 1 day. Counts towards the host's own <c>ShutdownTimeout</c>.</value>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What two calls of <c>AddServiceRegistration</c> with one name say differently, though only one instance can have it.</summary>
    internal List<string> Contradictions { get; } = [];

    /// <summary>Takes note of it if a later call sets something else.</summary>
    internal void Contradict<T>(string setting, T before, T now)
    {
        if (before is not null && !before.Equals(now))
        {
            Contradictions.Add($"{setting} is set to '{before}' and then to '{now}': two calls with one name are one registration. For a second instance call it with another name, and set Name = \"{Name}\".");
        }
    }
}
