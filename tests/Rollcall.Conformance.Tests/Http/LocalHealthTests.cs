namespace Rollcall.Conformance.Tests.Http;

public class LocalHealthTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>An <c>Accept</c> header, and whether text is answered.</summary>
    private static readonly Dictionary<string, bool> s_accepted = new(StringComparer.Ordinal)
    {
        ["text/plain"] = true,
        ["text/plain, */*"] = true,
        ["text/plain;q=0.1"] = true,
        ["text/plainx"] = true,
        ["TEXT/PLAIN"] = false,
        ["*/*, text/plain"] = false,
        ["application/json"] = false,
    };

    public static IEnumerable<string> Accepted => s_accepted.Keys;

    [Theory]
    [OnEmbedded(nameof(Accepted))]
    [OnConsul(nameof(Accepted))]
    public async Task Accept_ThatBeginsWithPlainText_GetsText_WhateverTheFormat(AgentKind kind, string accept)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/agent/service/register", """{"Name":"well"}""");

        foreach (var (path, text) in ((string, string)[])[
            ("id/well?format=json", "passing"), ("name/well", "passing"), ("id/nope", "\"ServiceId nope not found\""), ("name/nope", "ServiceName nope Not Found")])
        {
            var answer = await agent.SendAsync("GET", $"/v1/agent/health/service/{path}", null, ("Accept", accept));

            Assert.Equal((path, s_accepted[accept]), (path, answer.Text.Trim() == text));
            Assert.Equal(s_accepted[accept] && path != "id/nope" ? "text/plain" : "application/json", answer.Header("Content-Type"));
        }
    }
}
