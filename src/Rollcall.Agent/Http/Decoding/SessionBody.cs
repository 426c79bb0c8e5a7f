using System.Globalization;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>session/create</c>.</summary>
internal sealed class SessionBody
{
    // Consul takes a small number for seconds, because that is what people write.
    private const double SmallestNanoseconds = 1000;
    private static readonly TimeSpan s_defaultLockDelay = TimeSpan.FromSeconds(15);

    public static readonly GoStruct<SessionBody> Type = new GoStruct<SessionBody>("", "struct { LockDelay interface {}; *structs.Alias }") { Lenient = true }
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.Node = d.Text(v), "Node")
        .Add((d, v, t) => t.Behavior = d.Text(v), "Behavior")
        .Add((d, v, t) => t.Ttl = d.Text(v), "TTL")
        .Add((d, v, t) => t.LockDelay = ReadLockDelay(d, v), "LockDelay")
        .Add((d, v, t) => t.NodeChecks = d.Texts(v), "NodeChecks")
        .Add((d, v, t) => t.ReadChecks(d.List(v, "[]types.CheckID", d.Text)), "Checks")
        .Add((d, v, t) => t.ServiceChecks = d.List(v, "[]structs.ServiceCheck", item => ServiceCheckBody.Read(d, item)), "ServiceChecks");

    /// <param name="node">The node of the agent that is asked.</param>
    public SessionBody(string node) => Node = node;

    public string Name { get; private set; } = "";

    public string Node { get; private set; }

    public string Behavior { get; private set; } = "";

    public string Ttl { get; private set; } = "";

    public TimeSpan LockDelay { get; private set; } = s_defaultLockDelay;

    public List<string>? NodeChecks { get; private set; } = [AgentIdentity.HealthCheckId];

    public List<SessionServiceCheck>? ServiceChecks { get; private set; }

    /// <summary>What the older field says; null if it is not there, or empty.</summary>
    public List<string>? Checks { get; private set; }

    /// <summary>An older client that wants no check says so in the older field.</summary>
    private void ReadChecks(List<string>? checks)
    {
        ClearsNodeChecks = checks is not { Count: > 0 };

        // The node's own check is in the newer field already.
        Checks = ClearsNodeChecks || checks is [AgentIdentity.HealthCheckId] ? null : checks;
    }

    /// <summary>The older field is there and empty.</summary>
    public bool ClearsNodeChecks { get; private set; }

    private static TimeSpan ReadLockDelay(GoDecoder decoder, GoValue value) =>
        value.Kind == GoKind.Number && double.Parse(value.Text, CultureInfo.InvariantCulture) is < SmallestNanoseconds and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : decoder.Duration(value);
}
