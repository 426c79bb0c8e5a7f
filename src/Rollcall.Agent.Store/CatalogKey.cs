namespace Rollcall.Agent.Store;

/// <summary>Names of nodes, services and checks compare without case; their keys are lower case and sort by ordinal.</summary>
public static class CatalogKey
{
    public static string Of(string name) => name.ToLowerInvariant();
}
