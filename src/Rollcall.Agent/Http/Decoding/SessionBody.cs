using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>session/create</c>.</summary>
internal sealed class SessionBody
{
    // Consul takes a small number for seconds, because that is what people write.
    private const long SmallestNanoseconds = 1000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly TimeSpan s_defaultLockDelay = TimeSpan.FromSeconds(15);

    public static readonly GoStruct<SessionBody> Type = new GoStruct<SessionBody>("", "struct { LockDelay interface {}; *structs.Alias }") { Lenient = true }
        .Add((d, v, t) => t.Name = Read(d, v, t.Name), "Name")
        .Add((d, v, t) => t.Node = Read(d, v, t.Node), "Node")
        .Add((d, v, t) => t.Behavior = Read(d, v, t.Behavior, "structs.SessionBehavior"), "Behavior")
        .Add((d, v, t) => t.Ttl = Read(d, v, t.Ttl), "TTL")
        .Add((d, v, t) => t.LockDelay = ReadLockDelay(d, v), "LockDelay")
        .Add((d, v, t) => t.NodeChecks = ReadList(d, v, t.NodeChecks, "[]string"), "NodeChecks")
        .Add((d, v, t) => t.ReadChecks(t._checks = ReadList(d, v, t._checks, "[]types.CheckID")), "Checks")
        .Add((d, v, t) => t.ServiceChecks = d.List(v, "[]structs.ServiceCheck", item => ServiceCheckBody.Read(d, item)), "ServiceChecks")
        .Add((d, v, _) => d.Text(v), "ID")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex", "ModifyIndex");

    private List<string>? _checks = [AgentIdentity.HealthCheckId];

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

    /// <summary>As in Go, null leaves what was there before.</summary>
    private static string Read(GoDecoder decoder, GoValue value, string before, string goType = "string") =>
        value.Kind == GoKind.Null ? before : decoder.Text(value, goType);

    /// <summary>The same within a list: null leaves what stood in its place.</summary>
    private static List<string>? ReadList(GoDecoder decoder, GoValue value, List<string>? before, string goType) =>
        decoder.List(value, goType, item => item.Kind == GoKind.Null ? null : decoder.Text(item))?
            .Select((text, at) => text ?? before?.ElementAtOrDefault(at) ?? "").ToList();

    private static TimeSpan ReadLockDelay(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return s_defaultLockDelay;
        }

        var nanoseconds = decoder.Nanoseconds(value);

        // Those that have no place in 64 bits as nanoseconds become what they become in Go.
        return TimeSpan.FromTicks((nanoseconds < SmallestNanoseconds ? unchecked(nanoseconds * NanosecondsPerSecond) : nanoseconds) / TimeSpan.NanosecondsPerTick);
    }
}
