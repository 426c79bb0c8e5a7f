using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Acl;

/// <summary>Which config entries a token may see and change. They are found in any case, so each is judged by the name that it is asked for by and by the one that it has.</summary>
internal static class ConfigAcl
{
    // What the chain of a service is made of.
    private static readonly string[] s_ofChains = [ConfigKinds.ServiceDefaults, ConfigKinds.ServiceRouter, ConfigKinds.ServiceSplitter, ConfigKinds.ServiceResolver];

    /// <summary>Everybody may read what holds for all.</summary>
    public static bool CanRead(Authorizer access, string kind, string name) => kind == ConfigKinds.ProxyDefaults || access.CanReadService(name);

    /// <summary>Whether an entry may be read under a name.</summary>
    public static bool CanRead(Authorizer access, Table<ConfigEntry> entries, string kind, string name) =>
        CanRead(access, kind, name) && (entries.Find(ConfigEntry.KeyOf(kind, name)) is not { } stored || CanRead(access, kind, stored.Name));

    /// <summary>Whether all entries may be read that the chain of a service begins with.</summary>
    public static bool CanReadChain(Authorizer access, Table<ConfigEntry> entries, string service) =>
        Array.TrueForAll(s_ofChains, kind => CanRead(access, entries, kind, service));

    /// <summary>Whether an entry may be written. Who sends the calls to a service elsewhere has to see where to.</summary>
    public static bool CanWrite(Authorizer access, Table<ConfigEntry> entries, ConfigEntry entry)
    {
        if (entry.Kind is ConfigKinds.ProxyDefaults or ConfigKinds.IngressGateway or ConfigKinds.TerminatingGateway)
        {
            return access.Allows(AclResource.Operator, "", AclAccess.Write);
        }

        return access.Allows(AclResource.Service, entry.Name, AclAccess.Write)
            && (entries.Find(ConfigEntry.KeyOf(entry.Kind, entry.Name)) is not { } stored || access.Allows(AclResource.Service, stored.Name, AclAccess.Write))
            && ConfigRules.Related(entry).All(service => CanReadChain(access, entries, service));
    }
}
