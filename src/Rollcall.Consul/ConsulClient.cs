using Rollcall.Consul.Transport;

namespace Rollcall.Consul;

/// <summary>
/// Talks to a Consul agent over its HTTP API. Thread-safe; make one and share it. Every operation throws <see cref="ConsulException"/>
/// when it fails and <see cref="OperationCanceledException"/> with the caller's token when the caller cancels, which aborts the HTTP request.
/// </summary>
public sealed class ConsulClient : IDisposable
{
    private readonly ConsulTransport _transport;

    /// <param name="options">Null: what the environment says.</param>
    /// <param name="timeProvider">For timeouts and intervals. Null: the system's.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists them.</exception>
    /// <exception cref="FormatException">No options were given and an environment variable can't be used.</exception>
    public ConsulClient(ConsulClientOptions? options = null, TimeProvider? timeProvider = null)
        : this(
            Checked(options ??= new()),
            address => new AgentConnection(
                address, options.TlsServerName, ConsulHandlerFactory.Create(address, options), isOwnHandler: true, disposeHandler: true),
            timeProvider)
    {
    }

    /// <summary>A client whose requests go through a given handler, which has to care for TLS and connections itself.</summary>
    /// <param name="options">Address, token and times.</param>
    /// <param name="handler">Sends the requests. It must not follow redirects.</param>
    /// <param name="disposeHandler">Whether <see cref="Dispose"/> disposes it.</param>
    /// <param name="timeProvider">For timeouts and intervals. Null: the system's.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists them.</exception>
    public ConsulClient(ConsulClientOptions options, HttpMessageHandler handler, bool disposeHandler = true, TimeProvider? timeProvider = null)
        : this(
            Checked(options),
            address => new AgentConnection(address, options.TlsServerName, handler, isOwnHandler: false, disposeHandler),
            timeProvider)
    {
    }

    private ConsulClient(ConsulClientOptions options, Func<Uri, AgentConnection> connect, TimeProvider? timeProvider)
    {
        var agents = new AgentRing([.. options.Addresses.Select(connect)]);
        var transport = new ConsulTransport(options, agents, timeProvider ?? TimeProvider.System);
        _transport = transport;
        Agent = new AgentClient(transport);
        Catalog = new CatalogClient(transport);
        Health = new HealthClient(transport);
        Kv = new KvClient(transport);
        Queries = new QueryClient(transport);
        Raw = new RawClient(transport);
        Snapshot = new SnapshotClient(transport);
        Status = new StatusClient(transport);
    }

    /// <summary>The agent's address, or those of all agents, for people; without credentials.</summary>
    public string Address => _transport.Agents.Name;

    /// <summary>The agent that registrations and all else that belongs to an agent itself go to; without credentials.</summary>
    public Uri HomeAddress => new(_transport.Agents.Home.Name);

    /// <summary>
    /// Whether more watches run than <see cref="ConsulClientOptions.MaxOpenQueries"/> has places for, so that some of them take turns and hear of changes
    /// up to 10 seconds later.
    /// </summary>
    public bool WatchesTakeTurns => _transport.Turns is { AreTaken: true };

    /// <summary>Where its token is from, or where to put one, for messages: <see cref="ConsulClientOptions.TokenOrigin"/>.</summary>
    public string TokenOrigin => _transport.Options.TokenOrigin;

    /// <summary>
    /// How often the token was replaced by another one from its file (<see cref="ConsulClientOptions.Token"/>). It only rises. An agent reports a service to its servers with the token
    /// that it was registered with: who keeps one registered notes this before, and registers it again when it is another number.
    /// </summary>
    public int TokenReplacements => _transport.TokenReplacements;

    /// <summary>The agent itself: its services, its checks, its members.</summary>
    public AgentClient Agent { get; }

    /// <summary>What the cluster knows of nodes and services.</summary>
    public CatalogClient Catalog { get; }

    /// <summary>Instances and their checks.</summary>
    public HealthClient Health { get; }

    /// <summary>The key-value store.</summary>
    public KvClient Kv { get; }

    /// <summary>Prepared queries.</summary>
    public QueryClient Queries { get; }

    /// <summary>Any endpoint, as JSON.</summary>
    public RawClient Raw { get; }

    /// <summary>Everything as one archive, and back.</summary>
    public SnapshotClient Snapshot { get; }

    /// <summary>The cluster's leader and peers.</summary>
    public StatusClient Status { get; }

    /// <summary>Closes the connections. Operations still under way fail.</summary>
    public void Dispose() => _transport.Dispose();

    /// <summary>The address; never the token.</summary>
    public override string ToString() => $"consul at {Address}";

    private static ConsulClientOptions Checked(ConsulClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = options.Validate();
        return faults.Count == 0 ? options : throw new ArgumentException(string.Join(' ', faults), nameof(options));
    }
}
