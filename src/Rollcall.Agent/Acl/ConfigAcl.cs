using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Acl;

/// <summary>Which config entries a token may see and change.</summary>
internal static class ConfigAcl
{
    // What the chain of a service is made of.
    private static readonly string[] s_ofChains = [ConfigKinds.ServiceDefaults, ConfigKinds.ServiceRouter, ConfigKinds.ServiceSplitter, ConfigKinds.ServiceResolver];

    /// <summary>Everybody may read what holds for all.</summary>
    public static bool CanRead(Authorizer access, string kind, string name) => kind == ConfigKinds.ProxyDefaults || access.CanReadService(name);

    /// <summary>Who sends the calls to a service elsewhere has to see where to.</summary>
    public static bool CanWrite(Authorizer access, ConfigEntry entry) =>
        entry.Kind is ConfigKinds.ProxyDefaults or ConfigKinds.IngressGateway or ConfigKinds.TerminatingGateway
            ? access.Allows(AclResource.Operator, "", AclAccess.Write)
            : access.Allows(AclResource.Service, entry.Name, AclAccess.Write) && ConfigRules.Related(entry).All(access.CanReadService);

    /// <summary>Whether an entry may be read under the name that it is asked for by and the one that it has: they may differ in case.</summary>
    public static bool CanRead(Authorizer access, Table<ConfigEntry> entries, string kind, string name) =>
        CanRead(access, kind, name) && (entries.Find(ConfigEntry.KeyOf(kind, name)) is not { } stored || CanRead(access, kind, stored.Name));

    /// <summary>Whether an entry may be written, the one there is, and those of the services that it leads to: their names may differ in case.</summary>
    public static bool CanWrite(Authorizer access, Table<ConfigEntry> entries, ConfigEntry entry) =>
        CanWrite(access, entry)
        && (entries.Find(ConfigEntry.KeyOf(entry.Kind, entry.Name)) is not { } stored || CanWrite(access, new ConfigEntry { Kind = stored.Kind, Name = stored.Name }))
        && (!s_ofChains.Contains(entry.Kind) || ConfigRules.Related(entry).All(service => Array.TrueForAll(s_ofChains, kind => CanRead(access, entries, kind, service))));
}
