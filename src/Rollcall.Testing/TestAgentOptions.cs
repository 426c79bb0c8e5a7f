using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rollcall.Testing;

/// <summary>Settings of a <see cref="TestAgent"/>. Read once, at start.</summary>
public sealed class TestAgentOptions
{
    /// <summary>Name of the agent's node.</summary>
    /// <value>Default <c>test</c>.</value>
    public string NodeName { get; set; } = "test";

    /// <summary>The datacenter that the agent is in.</summary>
    /// <value>Default <c>dc1</c>.</value>
    public string Datacenter { get; set; } = "dc1";

    /// <summary>
    /// Whether the agent listens on a port of its own on 127.0.0.1. If it doesn't, it is reached through <see cref="TestAgent.CreateClient"/> and
    /// <see cref="TestAgent.CreateHandler"/> only.
    /// </summary>
    /// <value>Default true.</value>
    public bool Listen { get; set; } = true;

    /// <summary>The clock of TTLs, checks, waits of blocking queries, sessions and slow answers: a fake one makes time virtual.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the agent logs to.</summary>
    /// <value>Default: nowhere.</value>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
