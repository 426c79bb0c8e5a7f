namespace Rollcall.Agent.Checks;

/// <summary>How the state of a check comes about.</summary>
internal enum CheckKind
{
    /// <summary>The service reports by itself; silence makes the check critical.</summary>
    Ttl,

    /// <summary>An HTTP request: 2xx passes, 429 warns, anything else is critical.</summary>
    Http,

    /// <summary>A TCP connection that is accepted passes.</summary>
    Tcp,

    /// <summary>The standard gRPC health protocol: SERVING passes.</summary>
    Grpc,

    /// <summary>A program: exit code 0 passes, 1 warns, anything else is critical.</summary>
    Script,

    /// <summary>As a service or node is that it stands for.</summary>
    Alias,

    /// <summary>A datagram that nobody refuses passes.</summary>
    Udp,

    /// <summary>An acknowledged PING of HTTP/2 passes.</summary>
    H2Ping,

    /// <summary>An active unit of systemd passes.</summary>
    OsService,
}
