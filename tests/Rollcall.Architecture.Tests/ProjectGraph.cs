namespace Rollcall.Architecture.Tests;

/// <summary>Who may reference whom. Changing this table is a decision: write it down in docs/decisions/.</summary>
internal static class ProjectGraph
{
    /// <summary>Every project of src/, with the projects it may name in its project file.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Allowed = new SortedDictionary<string, string[]>(StringComparer.Ordinal)
    {
        // Leaves.
        ["Rollcall.Consul.Wire"] = [],
        ["Rollcall.Dns"] = [],
        ["Rollcall.Grpc"] = [],

        // Client side.
        ["Rollcall.Discovery"] = ["Rollcall.Dns"],
        ["Rollcall.Consul"] = ["Rollcall.Consul.Wire"],
        ["Rollcall.Discovery.Consul"] = ["Rollcall.Discovery", "Rollcall.Consul"],
        ["Rollcall.Hosting"] = ["Rollcall.Discovery.Consul"],
        ["Rollcall.Grpc.Client"] = ["Rollcall.Grpc", "Rollcall.Discovery.Consul"],
        ["Rollcall.Grpc.Server"] = ["Rollcall.Grpc"],

        // Agent side.
        ["Rollcall.Agent.Store"] = ["Rollcall.Consul.Wire"],
        ["Rollcall.Agent"] = ["Rollcall.Agent.Store", "Rollcall.Dns", "Rollcall.Grpc"],

        // Where both meet.
        ["Rollcall.Testing"] = ["Rollcall.Agent", "Rollcall.Consul"],
        ["Rollcall.Cli"] = ["Rollcall.Agent", "Rollcall.Hosting", "Rollcall.Grpc.Client", "Rollcall.Grpc.Server"],
    };

    /// <summary>What <paramref name="project"/> may use in code: what it may name, and what those bring along.</summary>
    internal static IReadOnlySet<string> Reachable(string project)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(Allowed[project]);
        while (open.TryPop(out var next))
        {
            if (reached.Add(next))
            {
                Array.ForEach(Allowed[next], open.Push);
            }
        }

        return reached;
    }
}
