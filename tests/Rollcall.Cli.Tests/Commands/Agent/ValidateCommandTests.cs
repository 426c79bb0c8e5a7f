namespace Rollcall.Cli.Tests.Commands.Agent;

public sealed class ValidateCommandTests : IDisposable
{
    private static readonly Dictionary<string, string> s_environment = [];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-validate-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task ValidFilesAndDirectories_AreExitCode0()
    {
        Write("dir/a.json", """{"node_name":"n","services":[{"name":"web","port":80}]}""");
        Write("dir/b.hcl", "service { name = \"db\" check { ttl = \"10s\" } }");
        Write("dir/readme.txt", "no configuration");
        var file = Write("c.conf", "log_level = \"warn\"");

        var result = await RunAsync(Path.Combine(_directory.FullName, "dir"), file);
        Assert.Equal((0, "Configuration is valid!\n", ""), (result.ExitCode, result.Output, result.Error));

        var quiet = await RunAsync("-quiet", file);
        Assert.Equal((0, "", ""), (quiet.ExitCode, quiet.Output, quiet.Error));
    }

    [Theory]
    [InlineData("bogus = 1", "a.hcl: 1 error occurred:\n\t* invalid config key bogus\n")]
    [InlineData("service {", "a.hcl: ")]
    [InlineData("service { port = 1 }", "service: Missing service name")]
    [InlineData("check { name = \"c\" service_id = \"nope\" ttl = \"1s\" }", "ServiceID \"nope\" does not exist")]
    [InlineData("ports { http = 99999 }", "ports.http: invalid port: 99999")]
    [InlineData("node_name = \"bad name!\"", "Set NodeName (-node)")]
    [InlineData("node_id = \"x\"", "Set NodeId (-node-id) to a UUID")]
    [InlineData("client_addr = \"foo\"", "\"foo\" is no IP address")]
    [InlineData("addresses { dns = \"foo\" }", "a.hcl: 1 error occurred:\n\t* addresses.dns: invalid ip address: foo\n")]
    [InlineData("addresses { https = \"foo\" } cert_file = \"x\" key_file = \"y\" ports { https = 1 }", "a.hcl: 1 error occurred:\n\t* addresses.https: invalid ip address: foo\n")]
    [InlineData("recursors = [\"x y\"]", "\"x y\" is no server")]
    [InlineData("limits { keep_alive_timeout = \"-1s\" }", "check limits.keep_alive_timeout")]
    [InlineData("limits { max_watchers = 0 }", "(limits.max_watchers) is less than 1")]
    [InlineData("dns_config { recursor_timeout = \"2h\" }", "Set RecursorTimeout")]
    [InlineData("cert_file = \"x\" key_file = \"y\" ports { https = 1 } verify_incoming = true", "set Tls.AuthorityFile (ca_file)")]
    [InlineData("log_level = \"loud\"", "Log level 'loud' is unknown")]
    public async Task Fault_IsNamedWithExitCode1(string content, string expected)
    {
        var good = Write("0.hcl", "node_name = \"n\"");
        var bad = Write("a.hcl", content);
        foreach (var arguments in new string[][] { [_directory.FullName], [good, bad] })
        {
            var result = await RunAsync(arguments);
            Assert.Equal((1, ""), (result.ExitCode, result.Output));
            Assert.StartsWith("Config validation failed: ", result.Error, StringComparison.Ordinal);
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FileThatIsMissing_IsNamed()
    {
        var result = await RunAsync("/no/such/file.hcl");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/no/such/file.hcl", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Format_IsTakenWhateverTheNameEndsIn()
    {
        var file = Write("a.json", "node_name = \"n\"");
        Assert.Equal(1, (await RunAsync(file)).ExitCode);
        Assert.Equal(0, (await RunAsync("-config-format=hcl", file)).ExitCode);
    }

    [Fact]
    public async Task Warning_IsToldAndChangesNothing()
    {
        var result = await RunAsync(Write("a.hcl", "retry_join = [\"10.0.0.1\"]"));
        Assert.Equal((0, "Configuration is valid!\n"), (result.ExitCode, result.Output));
        Assert.Contains("retry_join is ignored", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoFile_IsExitCode2() => Assert.Equal(2, (await RunAsync()).ExitCode);

    private static Task<CliResult> RunAsync(params string[] arguments) => CliRun.RunAsync(s_environment, "", ["validate", .. arguments]);

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }
}
