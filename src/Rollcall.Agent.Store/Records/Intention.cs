using System.Globalization;

namespace Rollcall.Agent.Store.Records;

/// <summary>Whether one service may call another through Consul's mesh: kept for those who ask, enforced by nobody here.</summary>
public sealed record Intention
{
    /// <summary>Stands for all services, or for all namespaces.</summary>
    public const string Wildcard = "*";

    /// <summary>The one namespace that Consul's free edition knows, though it keeps others.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>A UUID.</summary>
    public string Id { get; init; } = "";

    public string Description { get; init; } = "";

    public string SourceNamespace { get; init; } = DefaultNamespace;

    public string SourceName { get; init; } = "";

    public string DestinationNamespace { get; init; } = DefaultNamespace;

    public string DestinationName { get; init; } = "";

    /// <summary>Always <c>consul</c>.</summary>
    public string SourceType { get; init; } = "consul";

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public string Action { get; init; } = "";

    public string DefaultAddress { get; init; } = "";

    public int DefaultPort { get; init; }

    public IReadOnlyDictionary<string, string> Meta { get; init; } = new Dictionary<string, string>();

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>From 9, between two services, to 1, between all: of those that match, the highest decides.</summary>
    public int Precedence => (3 * Exact(DestinationNamespace, DestinationName)) + 1 + Exact(SourceNamespace, SourceName);

    public bool Allows => Action == "allow";

    /// <summary>As Consul writes it in its messages.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Action.ToUpperInvariant()} {SourceNamespace}/{SourceName} => {DestinationNamespace}/{DestinationName} (ID: {Id}, Precedence: {Precedence})");

    // How much of a name is no wildcard.
    private static int Exact(string space, string name) => space == Wildcard ? 0 : name == Wildcard ? 1 : 2;
}
