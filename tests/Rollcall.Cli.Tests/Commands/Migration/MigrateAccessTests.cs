using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>Tokens that may not do what is to be done.</summary>
public sealed class MigrateAccessTests
{
    private const string Secret = "9f1f0c1e-52a5-4f0b-8f0c-6a1b2c3d4e5f";

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [RequiresConsulInlineData(true, true)]
    public async Task NoTokenForTheSource_IsToldAndExitCode1(bool real, bool tells)
    {
        await using var from = await MigrationSide.StartAsync(real, acl: true, tells: tells);
        await using var to = await MigrationSide.StartAsync();
        await from.Client.Kv.PutAsync("k", "v").WithinAsync();

        var result = await MigrationRuns.RunAsync(from, null, to, null);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Access rules ", result.Error, StringComparison.Ordinal);
        Assert.Contains(from.Client.Address.ToString(), result.Error, StringComparison.Ordinal);
        Assert.Contains("--from-token-file", result.Error, StringComparison.Ordinal);
        Assert.Contains("0 keys: 0 carried", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [RequiresConsulInlineData(true, true)]
    public async Task NoTokenWhereRulesAllowWhatTheyDoNotMention_IsEnough(bool real, bool tells)
    {
        await using var from = await MigrationSide.StartAsync(real, acl: true, allow: true, tells: tells);
        await using var to = await MigrationSide.StartAsync();
        await from.Client.Kv.PutAsync("k", "v").WithinAsync();

        var result = await MigrationRuns.RunAsync(from, null, to, null);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("1 keys: 1 carried", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task TokenThatMayReadAPart_IsEnoughForThatPart(bool real)
    {
        await using var from = await MigrationSide.StartAsync(real, acl: true);
        await using var to = await MigrationSide.StartAsync();
        await LetReadAsync(from);

        var all = await MigrationRuns.RunAsync(from, Secret, to, null);
        Assert.Equal(1, all.ExitCode);
        Assert.Contains(" keep keys, nodes, services, config entries, intentions, prepared queries from the token", all.Error, StringComparison.Ordinal);
        Assert.Contains("1 keys: 1 carried", all.Output, StringComparison.Ordinal);

        var part = await MigrationRuns.RunAsync(from, Secret, to, null, "--prefix", "app/");
        Assert.Equal((0, ""), (part.ExitCode, part.Error));
        Assert.Contains("1 keys: 0 carried, 0 replaced, 1 there already", part.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenOfAnAgentThatDoesNotTellWhatItMayDo_IsAWarning()
    {
        await using var from = await MigrationSide.StartAsync(acl: true, tells: false);
        await using var to = await MigrationSide.StartAsync();
        await LetReadAsync(from);

        var result = await MigrationRuns.RunAsync(from, Secret, to, null);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is not one for management: what it may not read is left out.", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--only", "kv")]
    [InlineData("--only", "config")]
    public async Task TargetRefuses_ItsOptionIsNamed(params string[] arguments)
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await MigrationSide.StartAsync(acl: true);
        await from.Client.Kv.PutAsync("k", "v").WithinAsync();
        await from.PutAsync("""{"Kind":"service-defaults","Name":"web","Protocol":"http"}""", "config");

        var result = await MigrationRuns.RunAsync(from, null, to, Secret, arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"The agent knows no such token, or it has expired: put another one into \S+ \(--to-token-file\)\.\n$", result.Error);
        Assert.Contains($" at {to.Client.Address} failed: 403 ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--only", "kv")]
    [InlineData("--only", "config")]
    [InlineData("--only", "acl")]
    public async Task SourceRefuses_ItsOptionIsNamed(params string[] arguments)
    {
        await using var from = await MigrationSide.StartAsync(acl: true);
        await using var to = await MigrationSide.StartAsync(acl: true);

        var result = await MigrationRuns.RunAsync(from, Secret, to, MigrationSide.MasterToken, arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"The agent knows no such token, or it has expired: put another one into \S+ \(--from-token-file\)\.\n$", result.Error);
        Assert.DoesNotContain("CONSUL_HTTP_TOKEN", result.Error, StringComparison.Ordinal);
    }

    // The variable is for both sides, and for one of them it may be right.
    [Fact]
    public async Task SideThatRefusesWhatTheEnvironmentSays_ItsOptionIsNamed()
    {
        await using var to = await ScriptedConsul.StartAsync(("GET kv", 404, ""), ("PUT kv", 403, "Permission denied"));
        await using var from = await ScriptedConsul.StartAsync(("GET kv", 200, """[{"Key":"a","Value":"eA=="}]"""));

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "kv");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("failed: 403 Permission denied. Put a token that may do this into a file for --to-token-file.\n", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The password of one organisation's proxy is no business of another's agent.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("from")]
    [InlineData("to")]
    public async Task PasswordForAProxy_IsSentToTheAgentOfTheEnvironmentAlone(string named)
    {
        await using var from = await ScriptedConsul.StartAsync();
        await using var to = await ScriptedConsul.StartAsync();
        var environment = new Dictionary<string, string> { ["CONSUL_HTTP_AUTH"] = "me:s3cret" };
        if (named.Length > 0)
        {
            environment["CONSUL_HTTP_ADDR"] = (named == "from" ? from : to).Address.Authority;
        }

        var result = await CliRun.RunAsync(environment, "", "migrate", "--from", from.Address.AbsoluteUri, "--to", to.Address.AbsoluteUri, "--only", "config");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        foreach (var (name, side) in new[] { ("from", from), ("to", to) })
        {
            Assert.NotEmpty(side.Authorizations);
            Assert.All(side.Authorizations, authorization => Assert.Equal(name == named ? "Basic bWU6czNjcmV0" : null, authorization));
        }
    }

    [Theory]
    [InlineData("kv")]
    [InlineData("config")]
    [InlineData("acl")]
    public async Task ProxyThatAsksForAPassword_IsToldWhereItGoes(string part)
    {
        await using var from = await LoopbackPeer.StartAsync(static context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic";
            return Task.CompletedTask;
        });
        await using var to = await ScriptedConsul.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", part);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("put user:password into CONSUL_HTTP_AUTH, and this address into CONSUL_HTTP_ADDR, as the password goes to no other.\n", result.Error, StringComparison.Ordinal);
    }

    private static async Task LetReadAsync(MigrationSide side)
    {
        await side.PutAsync("""{"Name":"app","Rules":"key_prefix \"app/\" { policy = \"read\" }"}""", "acl", "policy");
        await side.PutAsync($$"""{"SecretID":"{{Secret}}","Policies":[{"Name":"app"}]}""", "acl", "token");
        await side.Client.Kv.PutAsync("app/a", "v").WithinAsync();
        await side.Client.Kv.PutAsync("other", "v").WithinAsync();
    }
}
