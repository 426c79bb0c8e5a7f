using System.Text;
using System.Text.Json;
using Rollcall.Cli.Tests.Commands.Explain;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Configs;

public sealed class ConfigCommandTests(AgentKinds agents) : IClassFixture<AgentKinds>
{
    private const string Good = """
        {
          "loadBalancingConfig": [ { "least_request": { "choiceCount": 4 } } ],
          "methodConfig": [
            { "name": [ { "service": "greet.Greeter", "method": "SayHello" }, { "service": "GET /v1" } ], "timeout": "1.5s", "waitForReady": true,
              "retryPolicy": { "maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": [ "UNAVAILABLE" ] } },
            { "name": [ {} ], "maxRequestMessageBytes": 10, "hedgingPolicy": { "maxAttempts": 2, "hedgingDelay": "0.05s" } }
          ]
        }
        """;

    private const string Wrong = """
        {
          "methodConfig": [
            { "name": [ {} ], "timeout": "fast" },
            {
              "name": [ { "service": "a.B" } ],
              "retryPolicy": { "maxAttempts": 1, "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": [ "UNAVAILABLE" ] }
            }
          ]
        }
        """;

    private const string Passed = """
        { "loadBalancingConfig": [ { "xds_wrr_locality": {} }, { "round_robin": {} } ],
          "methodConfig": [ { "name": [ {} ], "timeuot": "1s" } ] }
        """;

    [Fact]
    public async Task Check_SaysWhatAConfigDoes()
    {
        var result = await CheckAsync(Good);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            """
            The service config is in order.
            What callers do by it:
            - balancing: least_request, choiceCount 4
            - greet.Greeter/SayHello, GET /v1: timeout 1.5 s; up to 3 attempts, 0.1 s to 1 s apart; waits for an instance
            - all calls: up to 2 copies, 0.05 s apart; requests up to 10 bytes

            """,
            result.Output);
    }

    [Fact]
    public async Task Check_SaysWhatIsSetOfEachStage()
    {
        var result = await CheckAsync(
            """
            { "loadBalancingConfig": [ { "unheard_of": {} }, { "stages": {
                "maxInFlight": 100,
                "outlierDetection": { "interval": "5s", "successRateEjection": { "stdevFactor": 1900 } },
                "locality": { "datacenters": [ "dc1", "dc2" ] },
                "childPolicy": [ { "random_subsetting_experimental": { "subsetSize": 20, "childPolicy": [ { "nobody": {} }, { "round_robin": {} } ] } } ] } } ] }
            """);

        Assert.Equal(3, result.ExitCode);
        Assert.EndsWith(
            """
            What callers do by it:
            - balancing: round_robin
            - before that, maxInFlight 100
            - before that, outlierDetection: interval 5s, successRateEjection (stdevFactor 1900)
            - before that, locality: datacenters dc1 and dc2
            - before that, random_subsetting_experimental: subsetSize 20

            """,
            result.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_PolicyOfOnesOwn_IsForThoseWhoRegisterIt()
    {
        var result = await CheckAsync("""{ "loadBalancingConfig": [ { "last": {} } ] }""");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("The service config is refused by callers that do not register 'last'.", result.Output, StringComparison.Ordinal);
        var other = await CheckAsync("""{ "loadBalancingConfig": [ { "last": {} } ], "retryThrottling": 5 }""");
        Assert.StartsWith("The service config is refused by callers.", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NamesEveryFaultByLineAndField()
    {
        var result = await CheckAsync(Wrong);

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            """
            The service config is refused by callers.
            - line 3, column 23: methodConfig[0].timeout must be seconds with an 's' behind them, such as "1.5s", and is "fast"
            - line 6, column 24: methodConfig[1].retryPolicy.maxAttempts must be 2 or more; the first attempt counts
            - line 6, column 7: methodConfig[1].retryPolicy.initialBackoff is missing; it must be more than zero

            """,
            result.Output);
    }

    [Theory]
    [InlineData("{ \"methodConfig\": [\n  { \"name\": [ {} ], } ] }", "line 2, column 21: it is not JSON: ")]
    [InlineData("", "line 1, column 1: it is not JSON: ")]
    [InlineData("[]", "line 1, column 1: it must be a JSON object")]
    [InlineData("{\n\"loadBalancingConfig\": [ { \"least_reqest\": {} } ] }", "line 2, column 1: loadBalancingConfig names no policy that is known; these are: ")]
    [InlineData("{\"loadBalancingConfig\":\n[ { \"least_request\": { \"choiceCount\": 1 } } ] }", "line 2, column 5: loadBalancingConfig[0].least_request can't be used: choiceCount must be")]
    [InlineData("{\"loadBalancingConfig\":\n[ { \"stages\": { \"childPolicy\": [ { \"least_request\": { \"choiceCount\": 1 } } ] } } ] }", "line 2, column 36: loadBalancingConfig[0].stages.childPolicy[0].least_request can't be used: choiceCount must be")]
    [InlineData("{ \"methodConfig\": [ { \"name\": [ {}, {} ] } ] }", "line 1, column 37: methodConfig[0].name[1] names the default of all methods twice")]
    [InlineData("{ \"ü\": 1, \"retryThrottling\": { \"maxTokens\": 0, \"tokenRatio\": 1 } }", "line 1, column 32: retryThrottling.maxTokens must be from 1 to 1000, for example 10")]
    public async Task Check_FindsThePlace(string json, string expected)
    {
        var result = await CheckAsync(json);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("- " + expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhatCallersPassOver_IsExitCode3()
    {
        var result = await CheckAsync(Passed);

        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        Assert.StartsWith(
            """
            The service config is taken by callers, but not all of it has an effect.
            - line 2, column 39: methodConfig[0].timeuot is not known, and has no effect: did you mean 'timeout'?
            - line 1, column 30: loadBalancingConfig[0].xds_wrr_locality is no policy that this command knows, and passed over by callers that do not register it
            What callers do by it:
            - balancing: round_robin

            """,
            result.Output,
            StringComparison.Ordinal);
    }

    /// <summary>A field is looked for where it stands; what belongs elsewhere is said to.</summary>
    [Theory]
    [InlineData("""{ "timeout": "1s" }""", "timeout is not known here, and has no effect: it stands in an entry of methodConfig")]
    [InlineData("""{ "maxAttempts": 3 }""", "maxAttempts is not known here, and has no effect: it stands in the retryPolicy of an entry of methodConfig or in the hedgingPolicy of an entry of methodConfig")]
    [InlineData("""{ "methodConfig": [ { "name": [ {} ], "maxTokens": 3 } ] }""", "methodConfig[0].maxTokens is not known here, and has no effect: it stands in retryThrottling")]
    [InlineData("""{ "methodConfig": [ { "name": [ { "timeout": "1s" } ] } ] }""", "methodConfig[0].name[0].timeout is not known here, and has no effect: it stands in an entry of methodConfig")]
    [InlineData("""{ "methodConfig": [ { "name": [ {} ], "methodConfg": 1 } ] }""", "methodConfig[0].methodConfg is not known, and has no effect: leave it out")]
    [InlineData("""{ "methodConfg": [] }""", "methodConfg is not known, and has no effect: did you mean 'methodConfig'?")]
    [InlineData("""{ "retryThrottling": { "maxTokens": 10, "tokenRatio": 1, "tokenratio": 1 } }""", "retryThrottling.tokenratio is not known, and has no effect: did you mean 'tokenRatio'?")]
    [InlineData("""{ "methodConfig": [ { "name": [ {} ], "hedgingPolicy": { "maxAttempts": 2, "hedgingDelai": "1s" } } ] }""", "methodConfig[0].hedgingPolicy.hedgingDelai is not known, and has no effect: did you mean 'hedgingDelay'?")]
    public async Task Check_FieldThatIsNotKnownWhereItStands_IsSentWhereItBelongs(string json, string expected)
    {
        var result = await CheckAsync(json);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains($": {expected}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SettingsForNoMethod_AreWithoutEffect()
    {
        var result = await CheckAsync("""{ "methodConfig": [ { "timeout": "1s" } ] }""");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("- line 1, column 21: methodConfig[0] has no name, and no effect: \"name\": [{}] would mean all calls\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NameInCapitals_IsTheKeyInLowerCase()
    {
        var address = await agents.GetAsync(real: false);

        var set = await CliRun.RunAsync(address, "config", "set", "Bills", "{}");
        var get = await CliRun.RunAsync(address, "config", "get", "BILLS");

        Assert.StartsWith("Success! The service config of 'Bills' is written to: rollcall/service-config/bills (in lower case, as callers read it)\n", set.Output, StringComparison.Ordinal);
        Assert.Equal((0, "{}"), (get.ExitCode, Encoding.UTF8.GetString(get.Bytes)));
    }

    [Fact]
    public async Task Get_GivesTheBytesAsTheyAre()
    {
        var address = await agents.GetAsync(real: false);
        byte[] bytes = [0xef, 0xbb, 0xbf, .. "{\r\n}\r\n"u8];
        using var client = AgentFixture.CreateClient(address);
        await client.Kv.PutAsync("rollcall/service-config/windows", bytes);

        var get = await CliRun.RunAsync(address, "config", "get", "windows");

        Assert.Equal((0, "", ""), (get.ExitCode, get.Output, get.Error));
        Assert.Equal(bytes, get.Bytes);
    }

    [Theory]
    [InlineData("{\r\n}", "{\r\n}\n")]
    [InlineData("{ }\r\u001b[2J", "{ }\uFFFD\uFFFD[2J\n")]
    public async Task GetOnATerminal_ShowsLinesAndSteersNothing(string written, string shown)
    {
        var address = await agents.GetAsync(real: false);
        using var client = AgentFixture.CreateClient(address);
        await client.Kv.PutAsync("rollcall/service-config/shown", written);
        using var output = new StringWriter();
        var terminal = new Terminal
        {
            Output = output,
            Error = TextWriter.Null,
            OpenInput = () => Stream.Null,
            OpenOutput = () => throw new InvalidOperationException("A terminal gets no bytes."),
            ReadVariable = CliRun.Environment(address).GetValueOrDefault,
            IsInteractive = true,
            IsOutputTerminal = true,
        };

        Assert.Equal(0, await CommandLine.RunAsync(["config", "get", "shown"], terminal, CancellationToken.None).WithinAsync());

        Assert.Equal(shown, output.ToString());
    }

    [Fact]
    public async Task HalfASurrogate_IsAFaultOfTheConfig()
    {
        var result = await CheckAsync("""{"\ud800":1}""");

        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.Contains("line 1", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ReadsFiles_AndWritesJson()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Wrong, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            var result = await CliRun.RunAsync(new Uri("http://127.0.0.1:1"), "config", "check", file, "--json");

            using var document = JsonDocument.Parse(result.Output);
            Assert.Equal((1, false), (result.ExitCode, document.RootElement.GetProperty("valid").GetBoolean()));
            var first = document.RootElement.GetProperty("faults")[0];
            Assert.Equal((3, 23, "methodConfig[0].timeout"), (first.GetProperty("line").GetInt32(), first.GetProperty("column").GetInt32(), first.GetProperty("path").GetString()));
        }
        finally
        {
            File.Delete(file);
        }

        var missing = await CliRun.RunAsync(new Uri("http://127.0.0.1:1"), "config", "check", "/no/such/file");
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("/no/such/file cannot be read", missing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task SetGetDelete_GoTheirWay(bool real)
    {
        var address = await agents.GetAsync(real);

        var none = await RunAsync("get", "orders");
        var set = await RunAsync("set", "orders", Good);
        var again = await RunAsync("set", "orders", Good);
        var get = await RunAsync("get", "orders");
        var json = await RunAsync("get", "orders", "--json");
        using var stored = JsonDocument.Parse(json.Output);
        var index = stored.RootElement.GetProperty("modifyIndex").GetUInt64();

        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Contains("There is no service config of 'orders' (no key rollcall/service-config/orders)", none.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        Assert.StartsWith("Success! The service config of 'orders' is written to: rollcall/service-config/orders\n- balancing: least_request, choiceCount 4\n", set.Output, StringComparison.Ordinal);
        Assert.Equal((0, "The service config of 'orders' (rollcall/service-config/orders) is this already.\n"), (again.ExitCode, again.Output));
        Assert.Equal((0, Good, ""), (get.ExitCode, Encoding.UTF8.GetString(get.Bytes), get.Error));
        Assert.Equal((Good, true), (stored.RootElement.GetProperty("text").GetString(), stored.RootElement.GetProperty("review").GetProperty("valid").GetBoolean()));

        var ownPolicy = await RunAsync("set", "orders", """{ "loadBalancingConfig": [ { "last": {} } ] }""");
        Assert.Equal(1, ownPolicy.ExitCode);
        Assert.StartsWith(
            "This command does not know 'last'. Callers that register it take this config (write it with --force), others refuse it:\n",
            ownPolicy.Error,
            StringComparison.Ordinal);

        // Somebody else was here: the index that was seen does not hold any more.
        Assert.Equal(0, (await RunAsync("set", "orders", "{}", "--cas", $"{index}")).ExitCode);
        var late = await RunAsync("set", "orders", Good, "--cas", $"{index}");
        Assert.Equal(1, late.ExitCode);
        Assert.Contains($"--cas {index} does not hold, its ModifyIndex is", late.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("delete", "orders", "--cas", $"{index}")).ExitCode);
        Assert.Equal("{}"u8.ToArray(), (await RunAsync("get", "orders")).Bytes);

        Assert.Equal((0, "Success! The service config of 'orders' is deleted: rollcall/service-config/orders\n"), await OutputAsync("delete", "orders"));
        Assert.Equal(1, (await RunAsync("delete", "orders")).ExitCode);
        Assert.Equal(0, (await RunAsync("set", "orders", "{}", "--key", "teams/a/orders", "--cas", "0")).ExitCode);
        Assert.Equal(1, (await RunAsync("get", "orders")).ExitCode);
        Assert.Equal("{}"u8.ToArray(), (await RunAsync("get", "orders", "--key", "teams/a/orders")).Bytes);

        Task<CliResult> RunAsync(params string[] arguments) => CliRun.RunAsync(address, ["config", .. arguments]);

        async Task<(int, string)> OutputAsync(params string[] arguments)
        {
            var result = await RunAsync(arguments);
            return (result.ExitCode, result.Output);
        }
    }

    [Fact]
    public async Task SetAWrongOne_IsRefused_UnlessForced()
    {
        var address = await agents.GetAsync(real: false);

        foreach (var (config, words) in ((string, string)[])[(Wrong, "Callers refuse this config:"), (Passed, "Callers pass over something in this config:")])
        {
            var refused = await CliRun.RunAsync(CliRun.Environment(address), config, "config", "set", "wrong", "-");
            Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
            Assert.StartsWith(words, refused.Error, StringComparison.Ordinal);
            Assert.Contains("The service config of 'wrong' was left as it is. Correct this, or give --force.", refused.Error, StringComparison.Ordinal);
            Assert.Equal(1, (await CliRun.RunAsync(address, "config", "get", "wrong")).ExitCode);
        }

        var forced = await CliRun.RunAsync(CliRun.Environment(address), Wrong, "config", "set", "wrong", "-", "--force");
        var get = await CliRun.RunAsync(address, "config", "get", "wrong");
        Assert.Equal(0, forced.ExitCode);
        Assert.Equal((0, Wrong), (get.ExitCode, Encoding.UTF8.GetString(get.Bytes)));
        Assert.Contains("Callers refuse it: line 3, column 23: methodConfig[0].timeout", get.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set", "a/b", "{}")]
    [InlineData("get", "")]
    [InlineData("set", "a", "{}", "--cas", "1", "--force")]
    [InlineData("get", "a", "--key", "/a")]
    public async Task WrongCommandLine_IsExitCode2(params string[] arguments)
    {
        var result = await CliRun.RunAsync(await agents.GetAsync(real: false), ["config", .. arguments]);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.NotEqual("", result.Error);
    }

    private static Task<CliResult> CheckAsync(string json) => CliRun.RunAsync(new Dictionary<string, string>(), json, "config", "check", "-");
}
