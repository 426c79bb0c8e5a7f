using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rollcall.Conformance.Tests.Acl;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Command;

/// <summary>The real <c>consul</c> program with many of its commands: it has to say the same of both agents, and end with the same exit code.</summary>
public sealed partial class ScriptTests(Agents agents, DenyingAgents denying) : IClassFixture<Agents>, IClassFixture<DenyingAgents>
{
    private static readonly string s_folder = RepositoryRoot.Combine("tests", "Rollcall.Conformance.Tests", "Command", "Scripts");

    [RequiresConsulFact]
    public async Task CommandsWithoutAccessRules_SayTheSame() =>
        await CompareAsync("plain.txt", await agents.GetAsync(AgentKind.Embedded), await agents.GetAsync(AgentKind.Consul), null);

    [RequiresConsulFact]
    public Task CommandsWithAccessRules_SayTheSame() => CompareAsync("acl.txt", denying.Embedded, denying.Consul!, AclAgents.Master);

    private static async Task CompareAsync(string script, TestedAgent embedded, TestedAgent consul, string? token)
    {
        var differences = new List<string>();
        var files = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var (ours, theirs) = (await FilesAsync(files, "embedded"), await FilesAsync(files, "consul"));
            foreach (var line in File.ReadLines(Path.Combine(s_folder, script)).Where(static line => line.Length > 0 && line[0] != '#'))
            {
                var expected = await RunAsync(consul.Address, line, token, theirs);
                var answer = await RunAsync(embedded.Address, line, token, ours);
                if (expected != answer)
                {
                    differences.Add($"consul {line}\nConsul:\n{expected}\nembedded:\n{answer}");
                }
            }
        }
        finally
        {
            files.Delete(recursive: true);
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    /// <summary>What scripts name: settings and a signed token for an auth method, and rules of before Consul 1.4.</summary>
    private static async Task<string> FilesAsync(DirectoryInfo parent, string name)
    {
        var directory = parent.CreateSubdirectory(name).FullName;
        var config = JsonSerializer.Serialize(new { JWTValidationPubKeys = new[] { SignedToken.PublicKey }, ClaimMappings = new { name = "name" } });
        await File.WriteAllTextAsync(Path.Combine(directory, "config.json"), config);
        await File.WriteAllTextAsync(Path.Combine(directory, "bearer.jwt"), SignedToken.Of("""{"name":"bob","iat":1700000000,"exp":4100000000}"""));
        await File.WriteAllTextAsync(Path.Combine(directory, "rules.hcl"), "# of old\nkey \"a\" {\n  policy = \"read\"\n}\nservice \"\" { policy = \"write\" }\n");
        return directory;
    }

    private static async Task<string> RunAsync(Uri agent, string line, string? token, string files)
    {
        var environment = new Dictionary<string, string?>(RealConsul.ClientEnvironment(agent)) { ["CONSUL_HTTP_TOKEN"] = token };
        var done = await ChildProcess.RunAsync(RealConsul.BinaryPath, line.Replace("<files>", files, StringComparison.Ordinal).Split(' '), environment);
        var text = string.Create(CultureInfo.InvariantCulture, $"exit code {done.ExitCode}\n\n{done.Output}{done.Error}");
        text = Spaces().Replace(Numbers().Replace(Times().Replace(Uuids().Replace(text, "<uuid>"), "$1 <time>"), "$1#"), " ");

        // Lists come in the order of ids, which each agent makes up.
        return line.EndsWith(" list", StringComparison.Ordinal) ? string.Join("\n\n", text.Split("\n\n").Select(static part => part.Trim()).Order(StringComparer.Ordinal)) : text;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuids();

    [GeneratedRegex("((?:Create|Expiration) Time:|Created At:|Hash:).*")]
    private static partial Regex Times();

    // Each agent's own: indexes, and the ports that the test gave it.
    [GeneratedRegex("(Index\"?:? *|index:? |127\\.0\\.0\\.1:|\"LTime\": )\\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex("[ \t]+")]
    private static partial Regex Spaces();
}
