using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Chains;

/// <summary>Stores config entries that are right by themselves, if they are right together. Safe for use by many threads.</summary>
internal static class ConfigWriter
{
    /// <param name="store">Where to.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="index">See <see cref="SetConfigEntry.Index"/>.</param>
    /// <returns>Whether it was stored; or why it must not be, in Consul's words.</returns>
    public static ValueTask<(bool Stored, string? Fault)> SetAsync(StateStore store, ConfigEntry entry, ulong? index) =>
        entry.Name.Length > 0
            ? store.ApplyAsync(new SetConfigEntry(entry, index) { Excludes = OtherGateway(entry.Kind), Fault = ChainRules.Fault })
            : new((false, entry.Kind == ConfigKinds.IngressGateway ? "failed inserting config entry: object missing primary index" : "serviceName is required"));

    // A gateway is of one kind or of the other.
    private static string? OtherGateway(string kind) => kind switch
    {
        ConfigKinds.IngressGateway => ConfigKinds.TerminatingGateway,
        ConfigKinds.TerminatingGateway => ConfigKinds.IngressGateway,
        _ => null,
    };
}
