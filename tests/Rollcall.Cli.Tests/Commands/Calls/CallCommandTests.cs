using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Rollcall.Cli.Tests.Protos;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Calls;

public sealed class CallCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    private const string Say = "cli.test.Chat/Say";

    [Theory]
    [InlineData("cli.test.Chat/Say")]
    [InlineData("/cli.test.Chat/Say")]
    [InlineData("cli.test.Chat.Say")]
    public async Task Unary_PrintsTheResponse(string method)
    {
        await using var server = await ChatServer.StartAsync();
        var result = await RunAsync("call", server.Target, method, """{"text":"ä","count":"2","parts":[{}]}""");
        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("{\n  \"text\": \"ä\",\n  \"count\": 2,\n  \"parts\": [\n    {}\n  ]\n}\n", result.Output);
    }

    [Fact]
    public async Task ServerStream_IsALineForEachResponse()
    {
        await using var server = await ChatServer.StartAsync();
        var result = await RunAsync("call", server.Address.ToString(), "cli.test.Chat/Count", """{"count":3}""");
        Assert.Equal("{\"count\":1}\n{\"count\":2}\n{\"count\":3}\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "a,b")]
    [InlineData("{\"text\":\"a\"}{\"text\":\n\"b\"} {}", "a,b,")]
    [InlineData("", "")]
    public async Task ClientStream_TakesTheValuesOfStandardInput(string input, string joined)
    {
        await using var server = await ChatServer.StartAsync();
        var result = await CliRun.RunAsync(CliRun.Environment(agent.Address), input, "call", server.Target, "cli.test.Chat/Join", "--emit-defaults");
        Assert.Equal("", result.Error);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(joined, json.RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task ClientStream_TakesValuesFromTheCommandLineAndFromFiles()
    {
        await using var server = await ChatServer.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"text":"c"} {"text":"d"}""");
        try
        {
            var given = await RunAsync("call", server.Target, "cli.test.Chat/Join", """{"text":"a"} {"text":"b"}""");
            var read = await RunAsync("call", server.Target, "cli.test.Chat/Join", "@" + file);
            Assert.Contains("a,b", given.Output, StringComparison.Ordinal);
            Assert.Contains("c,d", read.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Duplex_AnswersWhileStandardInputIsOpen()
    {
        await using var server = await ChatServer.StartAsync();
        var input = new Pipe();
        await using var call = CliRun.Start(agent.Address, input.Reader.AsStream(), "call", server.Target, "cli.test.Chat/Talk");
        for (var i = 1; i <= 3; i++)
        {
            await input.Writer.WriteAsync(Encoding.UTF8.GetBytes($"{{\"count\":{i}}}"));
            Assert.Equal($"{{\"count\":{i}}}", await call.Output.NextAsync());
        }

        await input.Writer.CompleteAsync();
        Assert.Equal(0, await call.ExitCode.WithinAsync());
        Assert.Empty(call.Error.ToString());
    }

    [Fact]
    public async Task ServerThatEndsADuplexCall_EndsItAlthoughStandardInputIsOpen()
    {
        await using var server = await ChatServer.StartAsync();
        var input = new Pipe();
        await using var call = CliRun.Start(agent.Address, input.Reader.AsStream(), "call", server.Target, "cli.test.Chat/Talk");
        await input.Writer.WriteAsync("""{"text":"enough"}"""u8.ToArray());
        Assert.Equal(64 + 8, await call.ExitCode.WithinAsync());
        Assert.Equal("status: ResourceExhausted (8)\nmessage: enough is enough\n", call.Error.ToString());
    }

    [Fact]
    public async Task JsonThatDoesNotFitInAStream_CancelsTheCall()
    {
        await using var server = await ChatServer.StartAsync();
        var input = new Pipe();
        await using var call = CliRun.Start(agent.Address, input.Reader.AsStream(), "call", server.Target, "cli.test.Chat/Talk");
        await input.Writer.WriteAsync("""{"count":1}"""u8.ToArray());
        Assert.Equal("""{"count":1}""", await call.Output.NextAsync());
        await input.Writer.WriteAsync("""{"parts":[{"count":"x"}]}"""u8.ToArray());
        Assert.Equal(2, await call.ExitCode.WithinAsync());
        Assert.Contains(
            "The JSON of message 2 does not fit cli.test.Line: parts[0].count: expected a whole number of 32 bits, not \"x\"",
            call.Error.ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chatter")]
    [InlineData("chatter?tag=v1")]
    [InlineData("consul:///chatter")]
    public async Task ServiceName_IsLookedUpInConsul(string target)
    {
        await using var server = await ChatServer.StartAsync();
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(
            new ServiceRegistration { Name = "chatter", Id = "chatter-7", Address = "127.0.0.1", Port = server.Address.Port, Tags = ["v1"] });
        var result = await RunAsync("call", target, Say, """{"text":"by name"}""", "--verbose");
        Assert.Contains("by name", result.Output, StringComparison.Ordinal);
        Assert.Contains($"instance: chatter-7 ({server.Target})", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task HttpAddr_IsWhereNamesAreLookedUp()
    {
        await using var server = await ChatServer.StartAsync();
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "elsewhere", Address = "127.0.0.1", Port = server.Address.Port });
        var nowhere = new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = "127.0.0.1:1" };
        var result = await CliRun.RunAsync(nowhere, "", "call", "elsewhere", Say, "--http-addr", agent.Address.Authority);
        Assert.Equal("{}\n", result.Output);
    }

    [Theory]
    [InlineData("call", Say)]
    [InlineData("describe", "cli.test.Chat")]
    public async Task FurtherAgent_IsAskedWhereTheFirstIsDead(params string[] arguments)
    {
        await using var server = await ChatServer.StartAsync();
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "further", Address = "127.0.0.1", Port = server.Address.Port });
        var agents = new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = $"127.0.0.1:{FreePort.Next()},{agent.Address.Authority}" };
        var result = await CliRun.RunAsync(agents, "", [arguments[0], "further", .. arguments[1..]]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task TokenFileOfTheOption_TakesThePlaceOfOneThatIsMissing()
    {
        await using var server = await ChatServer.StartAsync();
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "tokened", Address = "127.0.0.1", Port = server.Address.Port });
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "t");
        try
        {
            await using var shell = RollcallProcess.Shell($"CONSUL_HTTP_TOKEN_FILE=/no/such/token; export CONSUL_HTTP_TOKEN_FILE; rollcall call tokened {Say} --http-addr {agent.Address.Authority} --token-file '{file}'");
            Assert.Equal((0, ""), (await shell.WaitForExitAsync(), shell.Error));
            Assert.Equal("{}", shell.Output.Trim());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task ConfigOfTheTarget_IsFollowedAtTheAgentOfTheOptions()
    {
        await using var server = await ChatServer.StartAsync();
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "configured", Address = "127.0.0.1", Port = server.Address.Port });
        await client.Kv.PutAsync("rollcall/service-config/configured", """{"methodConfig":[{"name":[{"service":"cli.test.Chat","method":"Wait"}],"timeout":"0.5s"}]}""");
        var nowhere = new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = "127.0.0.1:1" };
        var result = await CliRun.RunAsync(nowhere, "", "call", "configured?config=true", "cli.test.Chat/Wait", "--http-addr", agent.Address.Authority);
        Assert.Equal(64 + 4, result.ExitCode);
    }

    [Fact]
    public async Task Headers_AreSentAndThoseOfTheAnswerShown()
    {
        await using var server = await ChatServer.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "x-text: from a file: yes\n\nX-Bin: AQI\n");
        try
        {
            var given = await RunAsync("call", server.Target, Say, "-H", "X-Text:  a: b ", "--header", "x-bin: AQI=", "-v");
            var read = await RunAsync("call", server.Target, Say, "-H", "@" + file, "-v");
            Assert.Contains("header: seen: a: b\n", given.Error, StringComparison.Ordinal);
            Assert.Contains("trailer: t-bin: AQI=\n", given.Error, StringComparison.Ordinal);
            Assert.Contains("status: OK (0)\n", given.Error, StringComparison.Ordinal);
            Assert.Contains("header: seen: from a file: yes\n", read.Error, StringComparison.Ordinal);
            Assert.Contains("trailer: t-bin: AQI=\n", read.Error, StringComparison.Ordinal);
            Assert.Equal("{}\n", given.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task StatusOtherThanOk_IsShownWithItsDetails()
    {
        await using var server = await ChatServer.StartAsync();
        var result = await RunAsync("call", server.Target, "cli.test.Chat/Fail");
        Assert.Equal(64 + 5, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal(
            """
            status: NotFound (5)
            message: no such line�[2J
            detail: {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"GONE","metadata":{"line":"7"}}
            detail: {"@type":"type.googleapis.com/cli.test.Line","text":"of the server's own"}

            """,
            result.Error);
    }

    [Fact]
    public async Task Json_IsAnObjectForEachResponseAndOneForTheEnd()
    {
        await using var server = await ChatServer.StartAsync();
        var good = Lines((await RunAsync("call", server.Target, "cli.test.Chat/Count", """{"count":2}""", "--json")).Output);
        var bad = Lines((await RunAsync("call", server.Target, "cli.test.Chat/Fail", "--json")).Output);
        var echoed = Lines((await RunAsync("call", server.Target, Say, "--json", "-H", "x-text: t", "-H", "x-bin: AQ==")).Output);

        Assert.Equal([1, 2], good[..2].Select(line => line.GetProperty("response").GetProperty("count").GetInt32()));
        Assert.Equal("OK", good[2].GetProperty("status").GetString());
        Assert.Equal(server.Target, good[2].GetProperty("instance").GetProperty("address").GetString());
        var failure = Assert.Single(bad);
        Assert.Equal("NotFound", failure.GetProperty("status").GetString());
        Assert.Equal(5, failure.GetProperty("code").GetInt32());
        Assert.Equal("GONE", failure.GetProperty("details")[0].GetProperty("reason").GetString());
        Assert.Equal("t", echoed[1].GetProperty("headers").GetProperty("seen")[0].GetString());
        Assert.Equal("AQ==", echoed[1].GetProperty("trailers").GetProperty("t-bin")[0].GetString());
    }

    [Fact]
    public async Task Deadline_EndsTheCall()
    {
        await using var server = await ChatServer.StartAsync();
        var waited = await RunAsync("call", server.Target, "cli.test.Chat/Wait", "--deadline", "1s");
        var quick = await RunAsync("call", server.Target, Say, "--deadline", "1h");
        var unlimited = await RunAsync("call", server.Target, Say);
        Assert.Equal(64 + 4, waited.ExitCode);
        Assert.Contains("status: DeadlineExceeded (4)", waited.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0), (quick.ExitCode, unlimited.ExitCode));
        Assert.Equal([false, true], server.Calls.Deadlines.Select(static deadline => deadline == DateTime.MaxValue));
    }

    [Fact]
    public async Task Interrupted_TheCallIsCancelled()
    {
        await using var server = await ChatServer.StartAsync();
        await using var call = RollcallProcess.Start("call", server.Target, "cli.test.Chat/Wait", "{}");
        Assert.Contains("waiting", await call.ReadLineAsync(), StringComparison.Ordinal);
        await call.SignalAsync("INT");
        Assert.Equal(64 + 1, await call.WaitForExitAsync());
        Assert.Equal("Interrupted: the call was cancelled.\n", call.Error);
        await server.Calls.Cancelled.Task.WithinAsync();
    }

    [Fact]
    public async Task InterruptedWithJson_TheLastLineSaysSo()
    {
        await using var server = await ChatServer.StartAsync();
        await using var call = CliRun.Start(agent.Address, "call", server.Target, "cli.test.Chat/Wait", "{}", "--json");
        Assert.Contains("waiting", await call.Output.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(64 + 1, await call.InterruptAsync());
        var end = Lines(call.Output.ToString())[^1];
        Assert.Equal(("Cancelled", 1), (end.GetProperty("status").GetString(), end.GetProperty("code").GetInt32()));
        Assert.Equal(server.Target, end.GetProperty("instance").GetProperty("address").GetString());
        Assert.Equal("Interrupted: the call was cancelled.\n", call.Error.ToString());
    }

    [Fact]
    public async Task InterruptedBeforeTheCallWithJson_TheLastLineSaysSo()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var call = CliRun.Start(agent.Address, "call", silent.LocalEndpoint.ToString()!, Say, "{}", "--json");
        using var accepted = await silent.AcceptTcpClientAsync().WithinAsync();
        Assert.Equal(64 + 1, await call.InterruptAsync());
        Assert.Equal("Cancelled", Assert.Single(Lines(call.Output.ToString())).GetProperty("status").GetString());
    }

    [Fact]
    public async Task JsonThatDoesNotFitInAStreamWithJson_TheLastLineSaysSo()
    {
        await using var server = await ChatServer.StartAsync();
        var result = await RunAsync("call", server.Target, "cli.test.Chat/Talk", """{"count":1} {"count":"x"}""", "--json");
        Assert.Equal(2, result.ExitCode);
        var end = Lines(result.Output)[^1];
        Assert.Equal("Cancelled", end.GetProperty("status").GetString());
        Assert.Contains("message 2 does not fit", end.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResponseThatIsNone_IsInternal()
    {
        await using var server = await ChatServer.StartAsync();

        // Of other definitions: what the server writes as text is a message there.
        var file = ChatReflection.Descriptor.ToProto();
        var field = file.MessageType.Single(static message => message.Name == "Line").Field.Single(static field => field.Name == "text");
        (field.Type, field.TypeName) = (FieldDescriptorProto.Types.Type.Message, ".cli.test.Line");
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, new FileDescriptorSet { File = { file } }.ToByteArray());
        try
        {
            var text = await RunAsync("call", server.Target, "cli.test.Chat/Wait", "--proto-set", path);
            Assert.Equal((64 + 13, ""), (text.ExitCode, text.Output));
            Assert.StartsWith("status: Internal (13)\nmessage: The response is no cli.test.Line that can be shown.", text.Error, StringComparison.Ordinal);

            var json = await RunAsync("call", server.Target, "cli.test.Chat/Wait", "--proto-set", path, "--json");
            Assert.Equal(64 + 13, json.ExitCode);
            var end = Assert.Single(Lines(json.Output));
            Assert.Equal(("Internal", 13), (end.GetProperty("status").GetString(), end.GetProperty("code").GetInt32()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task InterruptedWhileStandardInputIsAwaited_Ends()
    {
        await using var server = await ChatServer.StartAsync();
        await using var call = CliRun.Start(agent.Address, new Pipe().Reader.AsStream(), "call", server.Target, Say, "-");
        await Eventually.TrueAsync(() => !call.ExitCode.IsCompleted);
        Assert.Equal(64 + 1, await call.InterruptAsync());
    }

    [Fact]
    public async Task ServerWithoutReflection_NamesTheFix()
    {
        await using var server = await ChatServer.StartAsync(reflection: "");
        var result = await RunAsync("call", server.Target, Say);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("MapGrpcReflectionService()", result.Error, StringComparison.Ordinal);
        Assert.Contains("--proto-set FILE", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task EitherVersionOfReflection_Suffices(string version)
    {
        await using var server = await ChatServer.StartAsync(version);
        Assert.Equal("{}\n", (await RunAsync("call", server.Target, Say)).Output);
    }

    [Fact]
    public async Task ProtoSet_TakesThePlaceOfReflection()
    {
        await using var server = await ChatServer.StartAsync(reflection: "");
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, new FileDescriptorSet { File = { ChatReflection.Descriptor.ToProto() } }.ToByteArray());
        try
        {
            Assert.Equal("{}\n", (await RunAsync("call", server.Target, Say, "--proto-set", file)).Output);
            await File.WriteAllTextAsync(file, "nonsense");
            var broken = await RunAsync("call", server.Target, Say, "--proto-set", file);
            Assert.Equal(1, broken.ExitCode);
            Assert.Contains($"--proto-set {file} cannot be used. It is no FileDescriptorSet", broken.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Tls_TrustsWhatIsGiven()
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("127.0.0.1");
        using var ofName = certificates.Issue("chat.example.com");
        using var own = certificates.Issue("caller");
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var (authority, cert, key) = (Path.Combine(directory.FullName, "ca"), Path.Combine(directory.FullName, "cert"), Path.Combine(directory.FullName, "key"));
            await File.WriteAllTextAsync(authority, certificates.AuthorityPem);
            await File.WriteAllTextAsync(cert, own.ExportCertificatePem());
            await File.WriteAllTextAsync(key, own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            await using var server = await ChatServer.StartAsync(certificate: certificate);
            await using var strict = await ChatServer.StartAsync(certificate: certificate, requireClientCertificate: true);
            await using var named = await ChatServer.StartAsync(certificate: ofName);

            Assert.Equal("{}\n", (await RunAsync("call", server.Target, Say, "--cacert", authority)).Output);
            Assert.Equal("{}\n", (await RunAsync("call", server.Address.ToString(), Say, "--insecure-skip-verify")).Output);
            Assert.Equal("{}\n", (await RunAsync("call", strict.Target, Say, "--cacert", authority, "--cert", cert, "--key", key)).Output);
            Assert.Equal("{}\n", (await RunAsync("call", strict.Target, Say, "--insecure-skip-verify", "--cert", cert, "--key", key)).Output);
            await RefusedAsync("hint: --cacert FILE takes the authorities to trust (PEM).", server.Target, "--tls");
            await RefusedAsync("hint: --authority NAME says which name the certificate has to carry.", named.Target, "--cacert", authority);
            await RefusedAsync("hint: for a server that speaks TLS add --tls, or write https://.", server.Target);
            await using var plain = await ChatServer.StartAsync();
            await RefusedAsync("hint: for a server without TLS write http://, or leave the options about TLS out.", plain.Target, "--tls");
            Assert.Equal("{}\n", (await RunAsync("call", named.Target, Say, "--cacert", authority, "--authority", "chat.example.com")).Output);
            Assert.NotEqual(0, (await RunAsync("call", strict.Target, Say, "--cacert", authority)).ExitCode);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task RefusedAsync(string hint, string target, params string[] options)
    {
        foreach (var command in (string[][])[["call", target, Say], ["describe", target]])
        {
            var result = await RunAsync([.. command, .. options]);
            Assert.Equal(64 + 14, result.ExitCode);
            Assert.Contains($"\n{hint}\n", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("cli.test.Chat/Sey", "{}", 1, "cli.test.Chat has no method 'Sey'. Did you mean Say? There are: Say, Count, Join, Talk, Fail, Wait.")]
    [InlineData("cli.test.Chat", "{}", 2, "cli.test.Chat is a service: write its method, too.")]
    [InlineData("cli.test.Chad/Say", "{}", 1, "has no service 'cli.test.Chad'. Did you mean cli.test.Chat? There are: cli.test.Chat, grpc.")]
    [InlineData("Chat/Say", "{}", 1, "Did you mean cli.test.Chat?")]
    [InlineData("Say", "{}", 2, "'Say' is no method: write SERVICE/METHOD")]
    [InlineData("cli.test.Chat/Say", "{", 2, "The argument is no JSON: line 1, column 2: the text ends before its '}'.")]
    [InlineData("cli.test.Chat/Say", "{} {}", 2, "more than one JSON value was given")]
    [InlineData("cli.test.Chat/Say", "", 2, "no JSON value was given")]
    [InlineData("cli.test.Chat/Say", "-", 2, "no JSON value was given")]
    [InlineData("cli.test.Chat/Say", "[]", 2, "The JSON does not fit cli.test.Line: expected an object (cli.test.Line), not an array")]
    [InlineData("cli.test.Chat/Say", """{"txt":""}""", 2, "txt: no such field in cli.test.Line; it has text, count, parts")]
    [InlineData("cli.test.Chat/Say", "@/no/such/file", 1, "/no/such/file cannot be read")]
    public async Task WrongMethodOrJson_SaysWhatIsRight(string method, string json, int exitCode, string message)
    {
        await using var server = await ChatServer.StartAsync();
        var result = await RunAsync("call", server.Target, method, json);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("call", "Required argument 'TARGET' missing")]
    [InlineData("call localhost:1 s/m --deadline soon", "--deadline 'soon' is not a duration")]
    [InlineData("call localhost:1 s/m -H novalue", "--header has no 'name: value'")]
    [InlineData("call localhost:1 s/m -H ä:b", "'ä' is no metadata key")]
    [InlineData("call localhost:1 s/m -H x-bin:*", "--header: the value of 'x-bin' is no base64")]
    [InlineData("call http://localhost:1 s/m --cacert f", "is plaintext, and the options are about TLS")]
    [InlineData("call localhost:1 s/m --cert f", "--cert and --key go together")]
    [InlineData("call localhost:1 s/m --authority a/b", "must be a host name")]
    [InlineData("call ftp://localhost s/m", "has the scheme 'ftp'")]
    [InlineData("call http://localhost:1/x s/m", "after the address, where the method's path belongs")]
    [InlineData("call consul:///demo?bogus=1 s/m", "bogus")]
    [InlineData("call localhost:1 s/m --bogus", "'rollcall call' has no option --bogus.")]
    public async Task WrongCommandLine_IsExitCode2(string arguments, string message)
    {
        var result = await RunAsync(arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyThere_IsUnavailable()
    {
        var port = FreePort.Next();
        var address = await RunAsync("call", $"127.0.0.1:{port}", Say);
        var name = await RunAsync("call", "nobody-of-that-name", Say);
        Assert.Equal(64 + 14, address.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", address.Error, StringComparison.Ordinal);
        Assert.Equal(64 + 14, name.ExitCode);
        Assert.Contains("No instance of 'nobody-of-that-name'", name.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hint:", address.Error + name.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsOfHeaders_AreNotPrinted()
    {
        var wrong = await RunAsync("call", "localhost:1", Say, "-H", "s3cret");
        await using var server = await ChatServer.StartAsync();
        var sent = await RunAsync("call", server.Target, "cli.test.Chat/Fail", "-H", "authorization: Bearer s3cret", "-v", "--json");
        Assert.DoesNotContain("s3cret", wrong.Error + wrong.Output + sent.Error + sent.Output, StringComparison.Ordinal);
    }

    private Task<CliResult> RunAsync(params string[] arguments) => CliRun.RunAsync(agent.Address, arguments);

    private static List<JsonElement> Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))];
}
