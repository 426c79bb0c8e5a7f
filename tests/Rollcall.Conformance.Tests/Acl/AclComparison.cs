using System.Text.Encodings.Web;
using System.Text.Json;
using Rollcall.Conformance.Tests.Differential;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>The same requests under the same tokens to both agents: answers have to agree.</summary>
internal static class AclComparison
{
    public static async Task CompareAsync(AclAgents agents, string name, IReadOnlyList<Step> steps)
    {
        var answers = await new Replay(agents.Embedded, "node1").RunAsync(steps);
        var expected = await new Replay(agents.Consul!, "node1").RunAsync(steps);
        for (var i = 0; i < steps.Count; i++)
        {
            Assert.True(
                expected[i] == answers[i],
                $"{name}, step {i}: {steps[i]}\nConsul:   {expected[i]}\nembedded: {answers[i]}\nafter:\n{string.Join('\n', steps.Take(i))}");
        }
    }

    /// <summary>Logs in with a token that says what is given.</summary>
    public static Step Login(string method, string claims, string? token) =>
        new("POST", "/v1/acl/login", $$"""{"AuthMethod":"{{method}}","BearerToken":"{{SignedToken.Of(claims)}}"}""", token);

    /// <summary>
    /// A transcript of <c>Acl/Transcripts/</c>: as those of <c>Differential/</c>, and <c>as SECRET</c> says whose token the following requests carry, <c>as -</c>
    /// that they carry none. <c>login METHOD CLAIMS</c> brings a signed token, and <c>&lt;key&gt;</c> is the key that it is checked with.
    /// <c>translate RULES</c> translates them, with <c>\n</c> for the end of a line.
    /// </summary>
    public static IReadOnlyList<Step> Read(string path)
    {
        var steps = new List<Step>();
        var token = (string?)AclAgents.Master;
        foreach (var line in File.ReadLines(path).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Replace("<key>", JsonEncodedText.Encode(SignedToken.PublicKey, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, StringComparison.Ordinal).Split(' ', 3);
            if (parts[0] == "as")
            {
                token = parts[1] switch { "-" => null, "master" => AclAgents.Master, "agent-master" => AclAgents.AgentMaster, var secret => secret };
                continue;
            }

            if (parts[0] == "translate")
            {
                steps.Add(new Step("POST", "/v1/acl/rules/translate", line["translate ".Length..].Replace("\\n", "\n", StringComparison.Ordinal), token));
                continue;
            }

            if (parts[0] == "login")
            {
                steps.Add(Login(parts[1], parts[2], token));
                continue;
            }

            steps.Add(new Step(parts[0], $"/v1/{parts[1]}", parts.Length < 3 ? null : parts[2] == "<empty>" ? "" : parts[2], token));
        }

        return steps;
    }
}
