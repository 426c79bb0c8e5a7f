using System.Text;
using System.Text.Json;

namespace Rollcall.Cli.Tests.Commands.Kv;

public sealed class KvCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task PutThenGet_GivesTheSameBytes()
    {
        var put = await CliRun.RunAsync(agent.Address, "kv", "put", "t/text", "grüße", "--flags", "42");
        Assert.Equal((0, "Success! Data written to: t/text\n", ""), (put.ExitCode, put.Output, put.Error));
        var get = await CliRun.RunAsync(agent.Address, "kv", "get", "t/text");
        Assert.Equal((0, "", ""), (get.ExitCode, get.Output, get.Error));
        Assert.Equal("grüße", Encoding.UTF8.GetString(get.Bytes));

        var json = await CliRun.RunAsync(agent.Address, "kv", "get", "t/text", "--json");
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(42, document.RootElement[0].GetProperty("Flags").GetInt32());
    }

    [Fact]
    public async Task PutFromAFile_WritesItsBytes()
    {
        var file = Path.GetTempFileName();
        byte[] bytes = [0, 255, 10, 13, 128];
        await File.WriteAllBytesAsync(file, bytes);
        try
        {
            Assert.Equal(0, (await CliRun.RunAsync(agent.Address, "kv", "put", "t/file", "@" + file)).ExitCode);
            Assert.Equal(bytes, (await CliRun.RunAsync(agent.Address, "kv", "get", "t/file")).Bytes);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task PutFromAFileThatIsMissing_SaysHowToWriteAnAtSign()
    {
        var result = await CliRun.RunAsync(agent.Address, "kv", "put", "t/none", "@/no/such/file");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/no/such/file cannot be read", result.Error, StringComparison.Ordinal);
        Assert.Contains("kv put KEY -", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutFromStandardInput_WritesIt()
    {
        var put = await CliRun.RunAsync(CliRun.Environment(agent.Address), "piped\n", "kv", "put", "t/piped", "-");
        Assert.Equal(0, put.ExitCode);
        Assert.Equal("piped\n"u8.ToArray(), (await CliRun.RunAsync(agent.Address, "kv", "get", "t/piped")).Bytes);
    }

    [Fact]
    public async Task PutNothing_WritesAnEmptyValue()
    {
        Assert.Equal(0, (await CliRun.RunAsync(agent.Address, "kv", "put", "t/empty")).ExitCode);
        var get = await CliRun.RunAsync(agent.Address, "kv", "get", "t/empty");
        Assert.Equal(0, get.ExitCode);
        Assert.Empty(get.Bytes);
    }

    [Fact]
    public async Task Cas_ThatDoesNotHold_LeavesTheKeyAndNamesItsIndex()
    {
        Assert.Equal(0, (await CliRun.RunAsync(agent.Address, "kv", "put", "t/cas", "one", "--cas", "0")).ExitCode);
        var again = await CliRun.RunAsync(agent.Address, "kv", "put", "t/cas", "two", "-cas=0");
        Assert.Equal(1, again.ExitCode);
        using var client = agent.CreateClient();
        var pair = (await client.Kv.GetAsync("t/cas")).Value!;
        Assert.Contains($"its ModifyIndex is {pair.ModifyIndex}.", again.Error, StringComparison.Ordinal);
        Assert.Equal("one"u8.ToArray(), pair.Value);

        Assert.Equal(1, (await CliRun.RunAsync(agent.Address, "kv", "delete", "t/cas", "--cas", "1")).ExitCode);
        Assert.Equal(0, (await CliRun.RunAsync(agent.Address, "kv", "delete", "t/cas", "--cas", $"{pair.ModifyIndex}")).ExitCode);
    }

    [Fact]
    public async Task GetMissing_IsExitCode1()
    {
        var result = await CliRun.RunAsync(agent.Address, "kv", "get", "t/missing");
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Bytes);
        Assert.Contains("No key exists at: t/missing", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_GivesKeysBelowThePrefix()
    {
        using var client = agent.CreateClient();
        await client.Kv.PutAsync("l/b", "");
        await client.Kv.PutAsync("l/a/1", "");
        await client.Kv.PutAsync("l/a/2", "");
        Assert.Equal("l/a/1\nl/a/2\nl/b\n", (await CliRun.RunAsync(agent.Address, "kv", "list", "l/")).Output);
        Assert.Equal("l/a/\nl/b\n", (await CliRun.RunAsync(agent.Address, "kv", "list", "l/", "--separator", "/")).Output);
        using var json = JsonDocument.Parse((await CliRun.RunAsync(agent.Address, "kv", "list", "l/a", "--json")).Output);
        Assert.Equal(2, json.RootElement.GetArrayLength());
        var none = await CliRun.RunAsync(agent.Address, "kv", "list", "nothing/here");
        Assert.Equal((0, "", ""), (none.ExitCode, none.Output, none.Error));
    }

    [Fact]
    public async Task DeleteRecurse_RemovesTheTreeAndNothingElse()
    {
        using var client = agent.CreateClient();
        await client.Kv.PutAsync("d/a/1", "");
        await client.Kv.PutAsync("d/a/2", "");
        await client.Kv.PutAsync("d/b", "");
        var result = await CliRun.RunAsync(agent.Address, "kv", "delete", "-recurse", "d/a/");
        Assert.Equal((0, "Success! Deleted keys with prefix: d/a/\n"), (result.ExitCode, result.Output));
        Assert.Equal(["d/b"], (await client.Kv.KeysAsync("d/")).Value);
    }

    [Fact]
    public async Task DeleteWithoutAKey_IsRefusedUnlessRecurseIsAskedFor()
    {
        var result = await CliRun.RunAsync(agent.Address, "kv", "delete");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KEY must not be empty", result.Error, StringComparison.Ordinal);
    }
}
