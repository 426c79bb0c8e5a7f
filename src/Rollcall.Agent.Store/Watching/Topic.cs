namespace Rollcall.Agent.Store.Watching;

/// <summary>One thing to wait for.</summary>
/// <param name="Kind">The sort of thing.</param>
/// <param name="Name">Its name; empty for the kinds that stand for a whole list.</param>
public readonly record struct Topic(TopicKind Kind, string Name)
{
    public static readonly Topic Services = new(TopicKind.Services, "");
    public static readonly Topic Nodes = new(TopicKind.Nodes, "");
    public static readonly Topic Checks = new(TopicKind.Checks, "");
    public static readonly Topic Catalog = new(TopicKind.Catalog, "");
    public static readonly Topic Extinction = new(TopicKind.Extinction, "");
    public static readonly Topic Sessions = new(TopicKind.Sessions, "");
    public static readonly Topic Events = new(TopicKind.Events, "");
    public static readonly Topic Restored = new(TopicKind.Restored, "");
    public static readonly Topic ConfigEntries = new(TopicKind.ConfigEntries, "");
    public static readonly Topic Intentions = new(TopicKind.Intentions, "");
    public static readonly Topic Queries = new(TopicKind.Queries, "");
    public static readonly Topic Gateways = new(TopicKind.Gateways, "");
    public static readonly Topic Coordinates = new(TopicKind.Coordinates, "");

    public static Topic Service(string name) => new(TopicKind.Service, CatalogKey.Of(name));

    public static Topic Node(string name) => new(TopicKind.Node, CatalogKey.Of(name));

    public static Topic Key(string key) => new(TopicKind.Key, key);

    public static Topic KeyPrefix(string prefix) => new(TopicKind.KeyPrefix, prefix);

    public static Topic LocalService(string id) => new(TopicKind.LocalService, id);
}
