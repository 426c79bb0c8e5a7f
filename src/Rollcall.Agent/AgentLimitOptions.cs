namespace Rollcall.Agent;

/// <summary>
/// How much an agent takes on before it refuses: 429 to a client that has more than its share, 503 from an agent that is full, both with
/// <c>Retry-After</c>. Checks' results, deregistrations, deletions and renewals of sessions are never refused for want of memory. Read once, at start.
/// </summary>
public sealed class AgentLimitOptions
{
    /// <summary>Blocking queries that wait at a time, of all clients, and listeners to the log; more are answered with 503.</summary>
    /// <value>Default null: as many as fit into a quarter of <see cref="MaxMemoryBytes"/> at 16 KiB each. From 1.</value>
    public int? MaxWatchers { get; set; }

    /// <summary>The same for one client, which is one address; more are answered with 429. What comes by a unix socket is not told apart and not counted.</summary>
    /// <value>Default null: no share, only <see cref="MaxWatchers"/>. From 1.</value>
    public int? MaxWatchersPerClient { get; set; }

    /// <summary>Open connections of all clients; more are closed.</summary>
    /// <value>Default null: any number. From 1.</value>
    public int? MaxConnections { get; set; }

    /// <summary>
    /// Bytes of large answers that clients have not read yet, and of large bodies that they have not sent to the end. What comes on top is answered with
    /// 503; an answer that is alone is sent whatever its size.
    /// </summary>
    /// <value>Default null: a quarter of <see cref="MaxMemoryBytes"/>. From 1 MiB. What is up to 64 KiB long is not counted.</value>
    public long? MaxBytesInFlight { get; set; }

    /// <summary>The same for one client, which is one address; more is answered with 429.</summary>
    /// <value>Default null: no share, only <see cref="MaxBytesInFlight"/>. From 1 MiB.</value>
    public long? MaxBytesInFlightPerClient { get; set; }

    /// <summary>
    /// Bytes of managed memory that the agent may use. From three quarters of it, waiting queries and writes that add to the state are refused, from nine
    /// tenths everything but what frees memory or keeps services and locks alive.
    /// </summary>
    /// <value>Default null: what the runtime may use, which is the machine's memory, or three quarters of a container's. From 32 MiB.</value>
    public long? MaxMemoryBytes { get; set; }

    /// <summary>Bytes of the largest value of a key.</summary>
    /// <value>Default 524288, as in Consul. From 1 to 64 MiB.</value>
    public int MaxValueBytes { get; set; } = 512 * 1024;

    /// <summary>Bytes of the largest body of a transaction, in which each value is held to <see cref="MaxValueBytes"/>. Where that is more, it counts here, too.</summary>
    /// <value>Default 524288, as in Consul. From 1 to 64 MiB.</value>
    public int MaxTransactionBytes { get; set; } = 512 * 1024;

    /// <summary>
    /// Probes over the network that run at a time. More wait until one of these has ended, the longest waiting first; the time that a check gives its probe begins only then.
    /// </summary>
    /// <value>Default 256, each of which holds a connection: no more than a quarter of the 1024 files that a process may usually open. From 1.</value>
    public int MaxProbes { get; set; } = 256;

    /// <summary>The same for checks that run a program, which are scripts and those of units of systemd. They don't count among <see cref="MaxProbes"/>.</summary>
    /// <value>Default 32, as each is a process with memory of its own. From 1.</value>
    public int MaxScripts { get; set; } = 32;

    /// <summary>How fast a client has to read a large answer and to send a body, in bytes a second; who is slower for longer than five seconds is cut off.</summary>
    /// <value>Default 4096. 0: as slow as it likes.</value>
    public double MinBytesPerSecond { get; set; } = 4096;

    /// <summary>How long a connection may be without a request before it is closed. Waiting queries are requests.</summary>
    /// <value>Default 130 seconds. More than zero.</value>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a client may take to send the headers of a request.</summary>
    /// <value>Default 30 seconds. More than zero.</value>
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to shake hands on the HTTPS port.</summary>
    /// <value>Default 5 seconds, as in Consul. More than zero.</value>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of the managed heap that are in use, after a collection if that is asked for.</summary>
    internal Func<bool, long> ReadMemory { get; set; } = Overload.MemoryPressure.ReadHeap;
}
