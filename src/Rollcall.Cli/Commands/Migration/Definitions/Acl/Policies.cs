using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>Policies, by name. Those that every Consul has from the beginning are left out: their ids are reserved.</summary>
internal sealed class Policies : AclDefinitions
{
    private const string ReservedIds = "00000000-0000-0000-0000-0000000000";

    public override string Plural => "policies";

    public override Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken) =>
        PutAsync(target, "policy", there?.Id, here.Content, cancellationToken);

    protected override async Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var found = new List<Definition>();
        foreach (var id in (await ListAsync(side, ["acl", "policies"], cancellationToken)).Select(static policy => Text(policy, "ID")))
        {
            if (!id.StartsWith(ReservedIds, StringComparison.Ordinal))
            {
                // The list leaves out the rules.
                var policy = await GetAsync(side, ["acl", "policy", id], cancellationToken);
                var name = Text(policy, "Name");
                found.Add(new Definition($"policy {name}", name, Linked(policy, "ID")) { Id = id });
            }
        }

        return new Inventory(found);
    }
}
