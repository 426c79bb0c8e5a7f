using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>Binding rules. They have no names: one is there if there is one that says the same.</summary>
internal sealed class BindingRules : AclDefinitions
{
    public override string Plural => "binding rules";

    public override string Since => "1.5";

    public override Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken) =>
        PutAsync(target, "binding-rule", there?.Id, here.Content, cancellationToken);

    protected override async Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken) =>
        new([
            .. (await ListAsync(side, ["acl", "binding-rules"], cancellationToken)).Select(static rule =>
            {
                var content = Linked(rule, "ID");
                var label = $"binding rule {Text(rule, "ID")} of auth method {Text(rule, "AuthMethod")}";
                return new Definition(label, Likeness.Form(content), content) { Id = Text(rule, "ID") };
            }),
        ]);
}
