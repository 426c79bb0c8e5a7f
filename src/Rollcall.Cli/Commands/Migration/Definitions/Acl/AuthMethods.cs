using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>Auth methods, by name, with their settings.</summary>
internal sealed class AuthMethods : AclDefinitions
{
    public override string Plural => "auth methods";

    public override string Since => "1.5";

    public override Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken) =>
        PutAsync(target, "auth-method", there?.Id, here.Content, cancellationToken);

    protected override async Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var found = new List<Definition>();
        foreach (var name in (await ListAsync(side, ["acl", "auth-methods"], cancellationToken)).Select(static method => Text(method, "Name")))
        {
            // The list leaves out the settings.
            var method = await GetAsync(side, ["acl", "auth-method", name], cancellationToken);
            found.Add(new Definition($"auth method {name}", name, Linked(method)) { Id = name });
        }

        return new Inventory(found);
    }
}
