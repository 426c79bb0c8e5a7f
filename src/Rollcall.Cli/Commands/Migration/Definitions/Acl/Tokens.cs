using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>Tokens with their secrets, so that who has one needs no other. A token is the one with the same secret, whatever its accessor.</summary>
internal sealed class Tokens : AclDefinitions
{
    private const string Hidden = "<hidden>";

    public override string Plural => "tokens";

    public override Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken)
    {
        if (there is null)
        {
            return PutAsync(target, "token", null, here.Content, cancellationToken);
        }

        var content = Without(here.Content, "AccessorID");
        content["AccessorID"] = there.Id;
        return PutAsync(target, "token", there.Id, content, cancellationToken);
    }

    public override bool Same(Definition here, Definition there) =>
        Likeness.Form(Without(here.Content, "AccessorID")) == Likeness.Form(Without(there.Content, "AccessorID"));

    protected override async Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var tokens = await ListAsync(side, ["acl", "tokens"], cancellationToken);
        var lasting = tokens.Where(static token => !IsOfLogin(token) && !IsLegacy(token)).ToList();
        var found = new List<Definition>();
        foreach (var accessor in lasting.Select(static token => Text(token, "AccessorID")))
        {
            // The list leaves out the secrets.
            var token = await GetAsync(side, ["acl", "token", accessor], cancellationToken);
            var secret = Text(token, "SecretID");
            if (secret is "" or Hidden)
            {
                throw new CommandFailure(
                    $"{side.Address} does not show the secrets of its tokens: that needs a token with acl = \"write\" (--from-token-file, --to-token-file).");
            }

            found.Add(new Definition($"token {accessor}", secret, Linked(token, "CreateTime")) { Id = accessor, Secret = secret });
        }

        return new Inventory(found, [.. Remarks(tokens.Count(IsOfLogin), tokens.Count(IsLegacy))]);
    }

    private static IEnumerable<string> Remarks(int ofLogins, int legacy)
    {
        if (ofLogins > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Tokens of logins ({ofLogins}) are not carried: who has one logs in again there.");
        }

        if (legacy > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"Tokens of before Consul 1.4 ({legacy}) are not carried: make them ones of today first (consul acl token update -upgrade-legacy).");
        }
    }

    private static bool IsOfLogin(JsonObject token) => Text(token, "AuthMethod").Length > 0;

    private static bool IsLegacy(JsonObject token) => token["Legacy"] is JsonValue value && value.TryGetValue<bool>(out var legacy) && legacy;
}
