using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>Sides that know more, or less, than Consul 1.8.</summary>
public sealed class MigrateVersionsTests
{
    private const string Keys = """[{"Key":"a","Value":"dg==","Flags":0},{"Key":"b","Value":"dg==","Flags":0},{"Key":"c","Value":"dg==","Flags":0}]""";

    private const string Intentions = """
        [{"Kind":"service-intentions","Name":"db","Sources":[{"Name":"web","Action":"allow","Precedence":9,"LegacyID":"x","LegacyMeta":{},"LegacyCreateTime":"2020-01-01T00:00:00Z"}],"CreateIndex":3,"ModifyIndex":4}]
        """;

    [Fact]
    public async Task TargetWithoutConfigEntries_IsToldAndGetsTheRest()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("GET config/", 404, ""));
        await from.PutAsync("""{"Kind":"service-defaults","Name":"web"}""", "config");
        await from.Client.Kv.PutAsync("k", "v").WithinAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address);

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(
            "knows no config entries; they came with Consul 1.5. Bring them to a newer one, or leave them out: --only says what is carried.\n", result.Error, StringComparison.Ordinal);
        Assert.Equal("PUT /v1/kv/k?cas=0 v", Assert.Single(to.Writes));
        Assert.Contains("0 prepared queries", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceWithoutConfigEntries_HasNone()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET config/", 404, ""));
        await using var to = await MigrationSide.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("knows no config entries; they came with Consul 1.5.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IntentionsThatBothKeepAsConfigEntries_AreCarriedSo()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET config/service-intentions", 200, Intentions));
        await using var to = await ScriptedConsul.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Contains("1 config entries: 1 carried", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            """PUT /v1/config?cas=0 {"Kind":"service-intentions","Name":"db","Sources":[{"Name":"web","Action":"allow","Precedence":9}]}""", Assert.Single(to.Writes));
        Assert.DoesNotContain("/v1/connect/intentions", from.Reads.Concat(to.Reads));
    }

    [Fact]
    public async Task IntentionsThatOneSideKeepsAsConfigEntries_AreCarriedByTheOlderWay()
    {
        const string Listed = """[{"ID":"x","SourceNS":"default","SourceName":"web","DestinationNS":"default","DestinationName":"db","SourceType":"consul","Action":"allow","Precedence":9}]""";
        await using var from = await ScriptedConsul.StartAsync(("GET config/service-intentions", 200, Intentions), ("GET connect/intentions", 200, Listed));
        await using var to = await MigrationSide.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("0 config entries: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 intentions: 1 carried", result.Output, StringComparison.Ordinal);
        Assert.Contains("\"SourceName\":\"web\"", Assert.Single(await to.ListAsync("connect", "intentions")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(413, "Value exceeds 524288 byte limit")]
    [InlineData(301, "<a href=\"/v1/kv/b\">Moved Permanently</a>.")]
    [InlineData(403, "Permission denied")]
    public async Task KeyThatIsRefused_IsNamed_AndTheOthersAreCarried(int status, string reason)
    {
        await using var from = await ScriptedConsul.StartAsync(("GET kv", 200, Keys));
        await using var to = await ScriptedConsul.StartAsync(("GET kv", 404, ""), ("PUT kv/b", status, reason));

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "kv");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("3 keys: 2 carried, 0 replaced, 0 there already, 0 different and left, 1 refused.\n", result.Output);
        Assert.StartsWith($"Refused there: b: {status} {reason}\n", result.Error, StringComparison.Ordinal);
        Assert.Equal(status == 403, result.Error.Contains("--to-token-file", StringComparison.Ordinal));
        Assert.Equal(3, to.Writes.Count());
    }

    [Fact]
    public async Task TargetThatFailsOnTheWay_WhatWasCarriedIsTold()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET kv", 200, Keys));
        await using var to = await ScriptedConsul.StartAsync(("GET kv", 404, ""), ("PUT kv/b", 500, "No cluster leader"));

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "kv");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("3 keys: 1 carried, 0 replaced, 0 there already, 0 different and left. It ended before its time: 2 were not carried.\n", result.Output);
        Assert.Contains("No cluster leader", result.Error, StringComparison.Ordinal);
        Assert.Single(to.Writes, static write => write.StartsWith("PUT /v1/kv/b", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TargetThatFailsBetweenDefinitions_WhatWasCarriedIsTold()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET query", 200, """[{"ID":"x","Name":"q1"},{"ID":"y","Name":"q2"},{"ID":"z","Name":"q3"}]"""));
        var writes = 0;
        await using var to = await LoopbackPeer.StartAsync(async context =>
        {
            var reads = context.Request.Method == "GET";
            context.Response.StatusCode = reads || Interlocked.Increment(ref writes) == 1 ? 200 : 503;
            context.Response.Headers["X-Consul-Index"] = "1";
            await context.Response.WriteAsync(reads ? "[]" : """{"ID":"new"}""");
        });

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "queries");

        Assert.Equal((1, 2), (result.ExitCode, writes));
        Assert.Equal("3 prepared queries: 1 carried, 0 replaced, 0 there already, 0 different and left. It ended before its time: 2 were not carried.\n", result.Output);
        Assert.Contains("503", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KindThatTheTargetDoesNotKnow_IsRefusedByName()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET config/mesh", 200, """[{"Kind":"mesh","Name":"mesh","TLS":{}}]"""));
        await using var to = await MigrationSide.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Refused there: mesh mesh: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 config entries: 0 carried, 0 replaced, 0 there already, 0 different and left, 1 refused.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceThatFailsForAllKinds_IsNoSourceWithoutEntries()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET config/", 500, "No cluster leader"));
        await using var to = await MigrationSide.StartAsync();

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("No cluster leader", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheTargetDropsWithoutAWord_IsTold()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("POST query", 200, """{"ID":"x"}"""));
        await from.PostAsync("""{"Name":"q","Service":{"Service":"pg"}}""", "query");

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "queries");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Kept otherwise there than here: query q.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EntryThatChangesMeanwhile_IsLeft()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("PUT config", 200, "false"));
        await from.PutAsync("""{"Kind":"service-defaults","Name":"web"}""", "config");

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "config");

        Assert.Equal((1, "Left as it is there: service-defaults web, because it changed meanwhile: run the command again\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task FieldsThatOnlyBothSidesKnow_AreCarried()
    {
        const string Query = """[{"ID":"x","Name":"q","Session":"","Token":"","Service":{"Service":"pg","Failover":{"Targets":[{"Peer":"p"}]}},"CreateIndex":1,"ModifyIndex":1}]""";
        await using var from = await ScriptedConsul.StartAsync(("GET query", 200, Query));
        await using var to = await ScriptedConsul.StartAsync();

        await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "queries");

        Assert.Equal(
            """POST /v1/query {"Name":"q","Session":"","Token":"","Service":{"Service":"pg","Failover":{"Targets":[{"Peer":"p"}]}}}""", Assert.Single(to.Writes));
    }

    [Fact]
    public async Task NodeThatIsRefused_TakesItsServicesWithIt()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("PUT catalog/register", 500, "id is taken"));
        await from.PutAsync("""{"Node":"ext","Address":"10.0.0.1","Service":{"Service":"pg"}}""", "catalog", "register");

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "nodes");

        Assert.Equal((1, "Refused there: node ext: id is taken\nRefused there: service pg of node ext: its node was refused\n"), (result.ExitCode, result.Error));
        Assert.Single(to.Writes);
    }

    [Fact]
    public async Task TokenThatTheTargetRepeats_IsNotShown()
    {
        const string Token = "9f1f0c1e-52a5-4f0b-8f0c-6a1b2c3d4e5f";
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("POST query", 400, $"bad token {Token}"));
        await from.PostAsync($$"""{"Name":"q","Token":"{{Token}}","Service":{"Service":"pg"} }""", "query");

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "queries");

        Assert.Equal("Refused there: query q: bad token [token]\n", result.Error);
    }

    [Fact]
    public async Task ForbiddenWrite_EndsTheCommand()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await ScriptedConsul.StartAsync(("POST query", 403, "Permission denied"));
        await from.PostAsync("""{"Name":"a","Service":{"Service":"pg"}}""", "query");
        await from.PostAsync("""{"Name":"b","Service":{"Service":"pg"}}""", "query");

        var result = await MigrationRuns.RunAsync(from.Address, to.Address, "--only", "queries");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("403 Permission denied", result.Error, StringComparison.Ordinal);
        Assert.Single(to.Writes);
    }
}
