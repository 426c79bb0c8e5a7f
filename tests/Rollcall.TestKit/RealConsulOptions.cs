namespace Rollcall.TestKit;

/// <summary>How a real Consul is started.</summary>
public sealed class RealConsulOptions
{
    /// <summary>Name of its node.</summary>
    public string NodeName { get; set; } = "node1";

    /// <summary>HTTP port; 0 takes a free one. Name one to start a second agent where the first was.</summary>
    public int HttpPort { get; set; }

    /// <summary>Whether it keeps state on disk (a server: 8 s to its first leader) or is a <c>-dev</c> agent (0.2 s).</summary>
    public bool Persistent { get; set; }

    /// <summary>Sent with the question whether it is ready; for an agent with access rules, which would answer nobody else.</summary>
    public string? Token { get; set; }

    /// <summary>Whether it is ready only with a leader. False: as soon as it answers at all.</summary>
    public bool NeedsLeader { get; set; } = true;

    /// <summary>Further arguments for <c>consul agent</c>.</summary>
    public IList<string> ExtraArguments { get; } = [];
}
