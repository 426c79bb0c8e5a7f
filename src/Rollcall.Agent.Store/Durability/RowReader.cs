namespace Rollcall.Agent.Store.Durability;

/// <summary>Finds what a row holds in a root.</summary>
internal static class RowReader
{
    /// <returns>Null: there is no such row.</returns>
    public static object? Read(StoreRoot root, RowKey key)
    {
        switch (key.Table)
        {
            case StoreTable.Node:
                return root.Catalog.Nodes.GetValueOrDefault(key.Name)?.Node;
            case StoreTable.Service:
                var (node, service) = key.Split();
                return root.Catalog.Nodes.GetValueOrDefault(node)?.Services.GetValueOrDefault(service);
            case StoreTable.Check:
                (node, var check) = key.Split();
                return root.Catalog.Nodes.GetValueOrDefault(node)?.Checks.GetValueOrDefault(check);
            case StoreTable.Kv:
                return root.Kv.Find(key.Name);
            case StoreTable.Session:
                return root.Sessions.Sessions.GetValueOrDefault(key.Name);
            case StoreTable.LocalService:
                return root.Local.Services.GetValueOrDefault(key.Name) is { FromFile: false } own ? own.Service : null;
            case StoreTable.LocalCheck:
                return root.Local.Checks.GetValueOrDefault(key.Name) is { FromFile: false } ownCheck ? ownCheck : null;
            case StoreTable.Coordinate:
                return root.Records.Coordinates.Find(key.Name);
            case StoreTable.Autopilot:
                return root.Records.Autopilot.Find(key.Name);
            case StoreTable.ConfigEntry:
                return root.Records.ConfigEntries.Find(key.Name);
            case StoreTable.Intention:
                return root.Records.Intentions.Find(key.Name);
            case StoreTable.Query:
                return root.Records.Queries.Find(key.Name);
            case StoreTable.AclToken:
                return root.Acl.Tokens.Find(key.Name);
            case StoreTable.AclPolicy:
                return root.Acl.Policies.Find(key.Name);
            case StoreTable.AclRole:
                return root.Acl.Roles.Find(key.Name);
            case StoreTable.AclAuthMethod:
                return root.Acl.AuthMethods.Find(key.Name);
            case StoreTable.AclBindingRule:
                return root.Acl.BindingRules.Find(key.Name);
            case StoreTable.AclBootstrap:
                return root.Acl.Bootstrap;
            case StoreTable.Index:
                return IndexRows.Read(root, key.Name);
            default:
                throw new InvalidOperationException($"No table {key.Table}.");
        }
    }
}
