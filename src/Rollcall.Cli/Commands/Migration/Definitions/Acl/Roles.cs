using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>Roles, by name.</summary>
internal sealed class Roles : AclDefinitions
{
    public override string Plural => "roles";

    public override string Since => "1.5";

    public override Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken) =>
        PutAsync(target, "role", there?.Id, here.Content, cancellationToken);

    protected override async Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken) =>
        new([
            .. (await ListAsync(side, ["acl", "roles"], cancellationToken)).Select(static role =>
                new Definition($"role {Text(role, "Name")}", Text(role, "Name"), Linked(role, "ID")) { Id = Text(role, "ID") }),
        ]);
}
