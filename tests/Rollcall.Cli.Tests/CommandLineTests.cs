using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

public sealed class CommandLineTests
{
    private static readonly Uri s_nobody = new($"http://127.0.0.1:{FreePort.Next()}");

    [Theory]
    [InlineData("members")]
    [InlineData("services")]
    [InlineData("instances web")]
    [InlineData("watch web")]
    [InlineData("register --name web")]
    [InlineData("deregister web")]
    [InlineData("kv get k")]
    [InlineData("kv put k v")]
    [InlineData("kv delete k")]
    [InlineData("kv list")]
    public async Task ConsulUnreachable_SaysWhereAndWhatToDo(string arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(s_nobody.Authority, result.Error, StringComparison.Ordinal);
        Assert.Contains("rollcall agent -dev", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "rollcall --help")]
    [InlineData("bogus", "rollcall --help")]
    [InlineData("members --bogus", "rollcall members --help")]
    [InlineData("instances", "rollcall instances --help")]
    [InlineData("register", "rollcall register --help")]
    [InlineData("register --name web --port abc", "rollcall register --help")]
    [InlineData("kv", "rollcall kv --help")]
    [InlineData("kv put k v --cas abc", "rollcall kv put --help")]
    public async Task WrongCommandLine_IsExitCode2AndPointsToHelp(string arguments, string help)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains($"'{help}'", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("register --name web --check-http http://x --interval 10", "--interval '10' is not a duration")]
    [InlineData("register --name web --check-ttl soon", "--check-ttl 'soon' is not a duration")]
    [InlineData("register --name web --interval 10s", "--interval needs --check-http")]
    [InlineData("register --name web --port 65536", "--port 65536 is not from 0 to 65535")]
    [InlineData("register --name web --weight 0", "--weight is from 1")]
    [InlineData("register --name web --warning-weight=-1", "--warning-weight from 0")]
    [InlineData("register --name web --meta x", "--meta 'x' is not KEY=VALUE")]
    [InlineData("register --name web --port x", "--port 'x' is not a whole number.")]
    [InlineData("register --name web --timeout 1s", "--timeout needs --check-http")]
    [InlineData("register --name web --deregister-after 2m", "--deregister-after needs a check")]
    [InlineData("register --name web --check-ttl 10s --deregister-after 5s", "--deregister-after '5s' is less than 1m, and agents wait as long as that at least")]
    [InlineData("register --name web --check-http web:80", "--check-http 'web:80' is not a URL")]
    [InlineData("register --name web --check-tcp web", "--check-tcp 'web' has no host and port")]
    [InlineData("register --name web --check-grpc web/svc", "--check-grpc 'web/svc' has no host and port")]
    [InlineData("kv put a b --cas x", "--cas 'x' is not a whole number from 0 on.")]
    [InlineData("kv put a --flgas", "'rollcall kv put' has no option --flgas.")]
    [InlineData("kv get -recurse a", "'rollcall kv get' has no option --recurse.")]
    [InlineData("agent -dev -no-such /x", "'rollcall agent' has no option -no-such.")]
    [InlineData("member", "'rollcall' has no command 'member'. Commands: agent, validate, members,")]
    [InlineData("kv", "'rollcall kv' needs a command. Commands: get, put, delete, list.")]
    [InlineData("demo --consul ftp://x", "--consul is not an address")]
    [InlineData("demo --seconds long", "--seconds 'long' is not a number.")]
    [InlineData("kv put /a b", "use 'a'")]
    [InlineData("kv delete a --recurse --cas 1", "leave out --recurse")]
    [InlineData("members --http-addr :x", "--http-addr is not an address")]
    public async Task WrongValue_IsExitCode2AndNamesIt(string arguments, string message)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kv put -http-adr=http://x newkey v", "-http-adr")]
    [InlineData("kv put -htp-addr=http://x newkey v", "-htp-addr")]
    [InlineData("kv put newkey -http-adr=http://x v", "-http-adr")]
    [InlineData("kv put newkey v -http-add http://x", "-http-add")]
    [InlineData("kv put -http_addr newkey", "-http_addr")]
    [InlineData("kv get -hhtp-addr=http://x k", "-hhtp-addr")]
    [InlineData("kv get -hlep", "-hlep")]
    [InlineData("kv delete -reccurse k", "-reccurse")]
    [InlineData("kv delete -r", "-r")]
    [InlineData("deregister -http-adr=http://x web", "-http-adr")]
    [InlineData("deregister -http-adr=http://x", "-http-adr")]
    [InlineData("members -http-adress=http://x", "-http-adress")]
    [InlineData("members -ht=http://x", "-ht")]
    [InlineData("agent -data-dir X -http-prot 21500", "-http-prot")]
    [InlineData("agent -dev -htp 1", "-htp")]
    [InlineData("agent -dev -htpps-port=1", "-htpps-port")]
    [InlineData("agent -dev -hc x", "-hc")]
    [InlineData("agent -dev -?x", "-?x")]
    [InlineData("call -HX:y web a/b", "-HX")]
    public async Task MistypedOptionWithOneDash_IsExitCode2AndNamed(string arguments, string option)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains($" has no option {option}.", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kv put k -foo")]
    [InlineData("kv put k /h")]
    [InlineData("kv put -5 v")]
    [InlineData("kv put -- -foo v")]
    [InlineData("deregister -- -foo")]
    public async Task ValueThatBeginsWithADash_IsTaken(string arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("can't be reached", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services")]
    [InlineData("kv put k v")]
    [InlineData("instances web")]
    [InlineData("deregister web")]
    [InlineData("explain web")]
    [InlineData("config get web")]
    public async Task InterruptedBeforeItsEnd_SaysSoAndIsExitCode130(string arguments)
    {
        await using var peer = await LoopbackPeer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var run = CliRun.Start(peer.Address, arguments.Split(' '));
        await Eventually.TrueAsync(() => peer.Open > 0);
        Assert.Equal(130, await run.InterruptAsync());
        Assert.StartsWith("Interrupted:", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output.ToString());
    }

    [Theory]
    [InlineData("kv put k -")]
    [InlineData("config set web -")]
    [InlineData("config check -")]
    public async Task InterruptedWhileATerminalIsAwaited_Ends(string arguments)
    {
        await using var keyboard = new KeyboardStream();
        await using var run = CliRun.Start(s_nobody, keyboard, arguments.Split(' '));
        await keyboard.Asked.WithinAsync();
        Assert.Equal(130, await run.InterruptAsync());
        Assert.StartsWith("Interrupted:", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HttpAddr_WinsOverTheEnvironment()
    {
        var other = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var result = await CliRun.RunAsync(s_nobody, "members", "-http-addr", other.Authority);
        Assert.Contains(other.Authority, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(s_nobody.Authority, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenFileThatIsMissing_IsNamed()
    {
        var result = await CliRun.RunAsync(s_nobody, "members", "--token-file", "/no/such/file");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--token-file /no/such/file cannot be read", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services")]
    [InlineData("explain web")]
    [InlineData("migrate --from https://127.0.0.1:1 --to https://127.0.0.1:2")]
    [InlineData("demo --consul https://127.0.0.1:1")]
    public async Task CertificateFileThatIsMissing_IsNamed(string arguments)
    {
        var environment = new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = "https://127.0.0.1:1", ["CONSUL_CACERT"] = "/no/such/ca.pem" };
        var result = await CliRun.RunAsync(environment, "", arguments.Split(' '));
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("The file '/no/such/ca.pem' can't be used as a certificate", result.Error, StringComparison.Ordinal);
        Assert.Contains("check CONSUL_CACERT", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenThatNoHeaderCanCarry_IsExitCode2AndSaysWhy()
    {
        var environment = new Dictionary<string, string> { ["CONSUL_HTTP_TOKEN"] = "a b" };
        var result = await CliRun.RunAsync(environment, "", "demo", "--consul", "http://127.0.0.1:1");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("Token contains a space", result.Error, StringComparison.Ordinal);
    }

    /// <summary>What a variable that is not set leaves of <c>--token-file "$TOKEN_FILE"</c>.</summary>
    [Theory]
    [InlineData("--token-file", "members", "--token-file", "")]
    [InlineData("--from-token-file", "migrate", "--from", "http://127.0.0.1:1", "--to", "http://127.0.0.1:2", "--from-token-file", "")]
    [InlineData("--cacert", "call", "127.0.0.1:1", "a.B/C", "--cacert", "")]
    [InlineData("--cert", "call", "127.0.0.1:1", "a.B/C", "--cert", "", "--key", "x")]
    [InlineData("--proto-set", "call", "127.0.0.1:1", "a.B/C", "--proto-set", "")]
    [InlineData("--header", "call", "127.0.0.1:1", "a.B/C", "--header", "@")]
    [InlineData("FILE", "snapshot", "inspect", "")]
    [InlineData("FILE", "snapshot", "restore", "")]
    [InlineData("FILE", "snapshot", "save", "")]
    [InlineData("FILE", "validate", "")]
    [InlineData("FILE", "config", "check", "")]
    [InlineData("--config-file", "agent", "-dev", "-config-file", "")]
    [InlineData("-data-dir", "agent", "-data-dir", "")]
    public async Task EmptyPath_IsExitCode2AndNamed(string name, params string[] arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Matches($@"^{name}( @FILE)? is empty: .+\n$", result.Error);
    }

    /// <summary>What a variable that is not set leaves of <c>--to "$TARGET"</c>: no other agent takes its place.</summary>
    [Theory]
    [InlineData("--http-addr", "members", "--http-addr", "")]
    [InlineData("--http-addr", "members", "--http-addr", " ")]
    [InlineData("--from", "migrate", "--from", "", "--to", "http://127.0.0.1:2")]
    [InlineData("--to", "migrate", "--from", "http://127.0.0.1:1", "--to", "", "--overwrite")]
    [InlineData("--consul", "demo", "--consul", "")]
    public async Task EmptyAddress_IsExitCode2AndNamed(string name, params string[] arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Equal($"{name} is empty: give the address of an agent. Perhaps a variable of the shell is not set.\n", result.Error);
    }

    [Theory]
    [InlineData("kv", "put", "k", "v")]
    [InlineData("services")]
    [InlineData("call", "demo", "hello.HelloService/SayHello")]
    public async Task EmptyDatacenter_IsExitCode2AndNamed(params string[] arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, [.. arguments, "--datacenter", ""]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Equal("--datacenter is empty: give the name of a datacenter, or leave it out for the agent's own. Perhaps a variable of the shell is not set.\n", result.Error);
    }

    // As in Consul.
    [Fact]
    public async Task EmptyVariableOfTheAddress_IsNone()
    {
        var result = await CliRun.RunAsync(new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = "" }, "", "members", "--http-addr", s_nobody.Authority);
        Assert.Contains("can't be reached", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A service is asked for by its name, and conditions are options.</summary>
    [Theory]
    [InlineData("instances", "", "NAME must not be empty.")]
    [InlineData("watch", "", "NAME must not be empty.")]
    [InlineData("instances", "web?tag=v1", "'web?tag=v1' is more than the name of a service: give the name alone, and conditions by --tag, --passing and --datacenter. What a caller makes of it says: rollcall explain 'web?tag=v1'\n")]
    [InlineData("watch", "consul:///web", "'consul:///web' is more than the name of a service: ")]
    public async Task WhatIsNoNameOfAService_IsExitCode2(string command, string name, string message)
    {
        var result = await CliRun.RunAsync(s_nobody, command, name);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(message, result.Error, StringComparison.Ordinal);
    }

    // Without them the command would ask another agent.
    [Theory]
    [InlineData("", "")]
    [InlineData(" --http-addr http://127.0.0.1:1", " --http-addr http://127.0.0.1:1")]
    [InlineData(" --datacenter=east -http-addr=:1", " --http-addr :1 --datacenter east")]
    [InlineData(" --http-addr http://me:s3cret@127.0.0.1:1/consul@home", " --http-addr http://127.0.0.1:1/consul@home")]
    [InlineData(" --http-addr me:s3cret@127.0.0.1:1,http://me:s3cret@127.0.0.1:2", " --http-addr 127.0.0.1:1,http://127.0.0.1:2")]
    public async Task CommandThatIsToldOfANamedService_AsksTheSameAgent(string options, string repeated)
    {
        var result = await CliRun.RunAsync(s_nobody, $"call demo nomethod{options}".Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"'rollcall describe demo{repeated}' lists the services.", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my token")]
    [InlineData("it's")]
    public async Task CommandThatIsToldOfANamedService_CanBePutIntoAShell(string name)
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-token-");
        try
        {
            var file = Path.Combine(directory.FullName, name);
            await File.WriteAllTextAsync(file, "t");
            var result = await CliRun.RunAsync(s_nobody, "call", "demo", "nomethod", "--token-file", file);
            Assert.Contains($"rollcall describe demo --token-file '{file.Replace("'", @"'\''", StringComparison.Ordinal)}'", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--name", "", "--name must not be empty.\n")]
    [InlineData("--id", "", "--id is empty: give one, or leave --id out for the name. Perhaps a variable of the shell is not set.\n")]
    [InlineData("--name", "..", "--name '..' can't be asked for: in an address '.' and '..' mean a step. Give another name.\n")]
    [InlineData("--id", ".", "--id '.' can't be asked for: in an address '.' and '..' mean a step. Give another id.\n")]
    [InlineData("--address", "0.0.0.0", "--address 0.0.0.0 is every address of its machine, and for callers their own: give the one that callers reach it by, or leave --address out for that of the agent's node.\n")]
    [InlineData("--address", "::", "--address :: is every address of its machine, ")]
    [InlineData("--address", "[::]", "--address [::] is every address of its machine, ")]
    [InlineData("--address", "", "--address is empty: give the one that callers reach it by, or leave --address out for that of the agent's node. Perhaps a variable of the shell is not set.\n")]
    [InlineData("--address", "10.0.0.5:8080", "--address '10.0.0.5:8080' is none that callers can use: give a host name or an IP address alone, without scheme, path and brackets; the port goes to --port.\n")]
    [InlineData("--address", "http://10.0.0.5", "--address 'http://10.0.0.5' is none that callers can use: ")]
    [InlineData("--address", "[::1]", "--address '[::1]' is none that callers can use: ")]
    [InlineData("--address", "[::1]:80", "--address '[::1]:80' is none that callers can use: ")]
    [InlineData("--address", "*", "--address '*' is none that callers can use: ")]
    [InlineData("--address", "a b", "--address 'a b' is none that callers can use: ")]
    [InlineData("--address", "a/b", "--address 'a/b' is none that callers can use: ")]
    [InlineData("--address", " ", "--address ' ' is none that callers can use: ")]
    [InlineData("--address", "me@host", "--address 'me@host' is none that callers can use: ")]
    [InlineData("--tag", "", "--tag is empty: give a word, or leave --tag out. Perhaps a variable of the shell is not set.\n")]
    [InlineData("--tag", " ", "--tag is empty: ")]
    public async Task InstanceThatNobodyCouldFind_IsNotRegistered(string option, string value, string message)
    {
        string[] name = option == "--name" ? [] : ["--name", "web"];
        var result = await CliRun.RunAsync(s_nobody, ["register", .. name, option, value]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FaultOfTheCommand_IsALineAndExitCode1()
    {
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            Output = TextWriter.Null,
            Error = error,
            OpenInput = () => throw new InvalidOperationException("first\nsecond"),
            OpenOutput = () => Stream.Null,
            ReadVariable = _ => null,
            IsInteractive = false,
        };
        Assert.Equal(1, await CommandLine.RunAsync(["config", "check", "-"], terminal, CancellationToken.None).WithinAsync());
        Assert.Equal("A fault of this command: InvalidOperationException: first second\n", error.ToString());
    }

    [Fact]
    public async Task TokenFile_IsSentInTheHeaderAndNeverPrinted()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "s3cret\n");
        try
        {
            await using var peer = await TokenPeer.StartAsync();
            var result = await CliRun.RunAsync(peer.Address, "members", "--token-file", file);
            Assert.Equal("s3cret", await peer.Token.WithinAsync());
            Assert.Equal(1, result.ExitCode);
            Assert.DoesNotContain("s3cret", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(null, "variable")]
    [InlineData("option", "option")]
    public async Task TokenFileOfTheEnvironment_IsReadUnlessAnOptionNamesAnother(string? option, string expected)
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-token-");
        try
        {
            await using var peer = await TokenPeer.StartAsync();
            var environment = new Dictionary<string, string>(CliRun.Environment(peer.Address)) { ["CONSUL_HTTP_TOKEN_FILE"] = Path.Combine(directory.FullName, "variable") };
            if (option is null)
            {
                await File.WriteAllTextAsync(environment["CONSUL_HTTP_TOKEN_FILE"], "variable\n");
                await CliRun.RunAsync(environment, "", "services");
            }
            else
            {
                // The variable's file need not be there then.
                var file = Path.Combine(directory.FullName, option);
                await File.WriteAllTextAsync(file, option);
                await CliRun.RunAsync(environment, "", "services", "--token-file", file);
            }

            Assert.Equal(expected, await peer.Token.WithinAsync());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("services")]
    [InlineData("migrate --from http://127.0.0.1:1 --to http://127.0.0.1:2")]
    [InlineData("demo --consul http://127.0.0.1:1")]
    public async Task TokenFileOfTheEnvironmentThatIsMissing_IsNamed(string arguments)
    {
        var environment = new Dictionary<string, string> { ["CONSUL_HTTP_TOKEN_FILE"] = "/no/such/token" };
        var result = await CliRun.RunAsync(environment, "", arguments.Split(' '));
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("CONSUL_HTTP_TOKEN_FILE is '/no/such/token', which cannot be read", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-help")]
    [InlineData("kv put -h")]
    [InlineData("kv put -?")]
    [InlineData("agent -dev -help")]
    public async Task Help_IsPrintedToStandardOutput(string arguments)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Details_ArePrintedWithTheCommandAndNotInTheList()
    {
        Assert.Contains("recoveredMs", (await CliRun.RunAsync(s_nobody, "demo", "--help")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("recoveredMs", (await CliRun.RunAsync(s_nobody, "--help")).Output, StringComparison.Ordinal);
    }
}
