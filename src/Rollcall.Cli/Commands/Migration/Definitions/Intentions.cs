using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>Intentions by the API that every Consul has: where only one side keeps them as config entries, or none. A newer target makes config entries of them itself.</summary>
internal sealed class Intentions : DefinitionKind
{
    public override string Plural => "intentions";

    public override string Since => "1.2";

    public override async Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken) =>
        new([
            .. (await ListAsync(side, ["connect", "intentions"], cancellationToken)).Select(intention =>
            {
                var label = $"intention {Text(intention, "SourceNS")}/{Text(intention, "SourceName")} => {Text(intention, "DestinationNS")}/{Text(intention, "DestinationName")}";
                var content = Without(intention, "ID", "Precedence", "CreatedAt", "UpdatedAt", "Hash", "CreateIndex", "ModifyIndex");
                return new Definition(label, label, content) { Id = Text(intention, "ID") };
            }),
        ]);

    public override async Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken)
    {
        await (there is null
            ? target.WriteAsync(HttpMethod.Post, ["connect", "intentions"], here.Content, cancellationToken: cancellationToken)
            : target.WriteAsync(HttpMethod.Put, ["connect", "intentions", there.Id], here.Content, cancellationToken: cancellationToken));
        return true;
    }
}
