using System.Text.Json;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>Access control, and tokens in what is carried besides.</summary>
public sealed class MigrateAclTests
{
    private const string Accessor = "4c5a5a6d-8d4f-4b7c-9a53-0d4b8a5b1c2d";
    private const string Secret = "9f1f0c1e-52a5-4f0b-8f0c-6a1b2c3d4e5f";

    private static readonly string s_keys = JsonSerializer.Serialize(new[] { SignedToken.PublicKey });

    [Theory]
    [InlineData(false, false)]
    [RequiresConsulInlineData(false, true)]
    [RequiresConsulInlineData(true, false)]
    public async Task AccessControl_IsCarriedIfItIsAskedFor(bool fromReal, bool toReal)
    {
        await using var from = await MigrationSide.StartAsync(fromReal, acl: true);
        await using var to = await MigrationSide.StartAsync(toReal, acl: true);
        await DefineAsync(from);

        var without = await RunAsync(from, to);
        Assert.Equal(0, without.ExitCode);
        Assert.DoesNotContain("tokens", without.Output, StringComparison.Ordinal);
        Assert.Empty(await to.ListAsync("acl", "roles"));

        var first = await RunAsync(from, to, "--acl");

        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.StartsWith(
            """
            1 policies: 1 carried, 0 replaced, 0 there already, 0 different and left.
            1 roles: 1 carried, 0 replaced, 0 there already, 0 different and left.
            1 auth methods: 1 carried, 0 replaced, 0 there already, 0 different and left.
            1 binding rules: 1 carried, 0 replaced, 0 there already, 0 different and left.
            3 tokens: 1 carried, 0 replaced, 2 there already, 0 different and left.

            """.ReplaceLineEndings("\n"),
            first.Output,
            StringComparison.Ordinal);
        Assert.Contains("0 keys: ", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(MigrationSide.MasterToken, first.Output, StringComparison.Ordinal);
        foreach (var list in new[] { "roles", "auth-methods", "binding-rules" })
        {
            Assert.Equal(await from.ListAsync("acl", list), await to.ListAsync("acl", list));
        }

        // The secret opens what the policy allows, and nothing else.
        var query = new ConsulQuery { Token = Secret };
        Assert.Null((await to.Client.Kv.GetAsync("app/a", query).WithinAsync()).Value);
        await Assert.ThrowsAsync<ConsulException>(() => to.Client.Kv.GetAsync("other", query)).WithinAsync();
        var self = (await to.Client.Raw.ReadAsync(["acl", "token", "self"], query).WithinAsync()).Value!;
        Assert.Equal((Accessor, "r"), ((string?)self["AccessorID"], (string?)self["Roles"]![0]!["Name"]));

        var second = await RunAsync(from, to, "--only", "acl");

        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.Equal(5, second.Output.Split("0 carried, 0 replaced, ").Length - 1);
        Assert.DoesNotContain("keys", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DifferentPolicyAndToken_AreLeftUnlessTheyAreToBeReplaced()
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync(acl: true);
        await DefineAsync(from);
        await to.PutAsync("""{"Name":"p","Rules":"key_prefix \"\" { policy = \"deny\" }"}""", "acl", "policy");
        await to.PutAsync($$"""{"SecretID":"{{Secret}}","Description":"another"}""", "acl", "token");

        var left = await RunAsync(from, to, "--only", "acl");

        Assert.Equal(1, left.ExitCode);
        Assert.Contains("Left as it is there: policy p\n", left.Error, StringComparison.Ordinal);
        Assert.Contains($"Left as it is there: token {Accessor}\n", left.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, left.Error, StringComparison.Ordinal);

        var replaced = await RunAsync(from, to, "--only", "acl", "--overwrite");

        Assert.Equal((0, ""), (replaced.ExitCode, replaced.Error));
        Assert.Null((await to.Client.Kv.GetAsync("app/a", new() { Token = Secret }).WithinAsync()).Value);
    }

    [Fact]
    public async Task AccessControlThatIsOff_IsToldOnceAndTheRestIsCarried()
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync();
        await DefineAsync(from);
        await from.Client.Kv.PutAsync("k", "v").WithinAsync();

        var result = await RunAsync(from, to, "--acl");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"Access control is off at {to.Client.Address}: switch it on there (acl.enabled = true), or leave out --acl.\n", result.Error);
        Assert.NotNull((await to.Client.Kv.GetAsync("k").WithinAsync()).Value);
    }

    [Fact]
    public async Task TokenThatSeesNoSecrets_IsRefused()
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync(acl: true);
        await from.PutAsync("""{"Name":"reader","Rules":"acl = \"read\""}""", "acl", "policy");
        await from.PutAsync($$"""{"SecretID":"{{Secret}}","Policies":[{"Name":"reader"}]}""", "acl", "token");

        var result = await MigrationRuns.RunAsync(from, Secret, to, MigrationSide.MasterToken, "--only", "acl");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("does not show the secrets of its tokens", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 policies: 1 carried", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task TokenOfAQuery_IsCarriedIfItCanBeSeen(bool real)
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync(real, acl: true);
        await LetWriteQueriesAsync(from);
        await from.PostAsync($$"""{"Name":"q","Token":"{{MigrationSide.MasterToken}}","Service":{"Service":"pg"} }""", "query");

        var hidden = await MigrationRuns.RunAsync(from, Secret, to, MigrationSide.MasterToken, "--only", "queries");

        Assert.Equal(0, hidden.ExitCode);
        Assert.Contains("query q runs with a token of its own here", hidden.Output, StringComparison.Ordinal);
        Assert.Equal("", await TokenThereAsync());

        var seen = await RunAsync(from, to, "--only", "queries");
        Assert.Equal((1, "Left as it is there: query q\nWhat is different there is replaced with --overwrite.\n"), (seen.ExitCode, seen.Error));

        var replaced = await RunAsync(from, to, "--only", "queries", "--overwrite");
        Assert.Equal((0, ""), (replaced.ExitCode, replaced.Error));
        Assert.Equal(MigrationSide.MasterToken, await TokenThereAsync());
        Assert.DoesNotContain(MigrationSide.MasterToken, hidden.Output + seen.Output + seen.Error + replaced.Output, StringComparison.Ordinal);

        // Who can't see the token has nothing to say about it.
        var again = await MigrationRuns.RunAsync(from, Secret, to, MigrationSide.MasterToken, "--only", "queries");
        Assert.Contains("1 there already", again.Output, StringComparison.Ordinal);
        Assert.Equal(MigrationSide.MasterToken, await TokenThereAsync());

        async Task<string?> TokenThereAsync() => (string?)(await to.Client.Raw.ReadAsync(["query"]).WithinAsync()).Value![0]!["Token"];
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task TokenOfAQueryThatNobodySees_IsNotLostToOverwriting(bool real)
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync(real, acl: true);
        foreach (var (side, service) in new[] { (from, "here"), (to, "there") })
        {
            await LetWriteQueriesAsync(side);
            await side.PostAsync($$"""{"Name":"q","Token":"{{MigrationSide.MasterToken}}","Service":{"Service":"{{service}}"} }""", "query");
        }

        var before = await to.ListAsync("query");

        var blind = await MigrationRuns.RunAsync(from, Secret, to, Secret, "--only", "queries", "--overwrite");

        Assert.Equal(1, blind.ExitCode);
        Assert.Contains("Refused there: query q: ", blind.Error, StringComparison.Ordinal);
        Assert.Equal(before, await to.ListAsync("query"));

        var seeing = await MigrationRuns.RunAsync(from, Secret, to, MigrationSide.MasterToken, "--only", "queries", "--overwrite");

        Assert.Equal(0, seeing.ExitCode);
        Assert.Equal(await from.ListAsync("query"), await to.ListAsync("query"));
    }

    private static async Task LetWriteQueriesAsync(MigrationSide side)
    {
        await side.PutAsync("""{"Name":"queries","Rules":"query_prefix \"\" { policy = \"write\" }"}""", "acl", "policy");
        await side.PutAsync($$"""{"SecretID":"{{Secret}}","Policies":[{"Name":"queries"}]}""", "acl", "token");
    }

    private static async Task DefineAsync(MigrationSide side)
    {
        await side.PutAsync("""{"Name":"p","Description":"d","Rules":"key_prefix \"app/\" { policy = \"read\" }"}""", "acl", "policy");
        await side.PutAsync("""{"Name":"r","Policies":[{"Name":"p"}],"ServiceIdentities":[{"ServiceName":"web"}]}""", "acl", "role");
        var config = $$"""{"JWTValidationPubKeys":{{s_keys}},"ListClaimMappings":{"groups":"groups"} }""";
        await side.PutAsync($$"""{"Name":"ci","Type":"jwt","MaxTokenTTL":"1h0m0s","Config":{{config}} }""", "acl", "auth-method");
        await side.PutAsync("""{"AuthMethod":"ci","BindType":"role","BindName":"r","Selector":"deployers in list.groups"}""", "acl", "binding-rule");
        await side.PutAsync($$"""{"AccessorID":"{{Accessor}}","SecretID":"{{Secret}}","Description":"t","Roles":[{"Name":"r"}],"Policies":[{"Name":"p"}]}""", "acl", "token");
    }

    private static Task<CliResult> RunAsync(MigrationSide from, MigrationSide to, params string[] arguments) =>
        MigrationRuns.RunAsync(from, MigrationSide.MasterToken, to, MigrationSide.MasterToken, arguments);
}
