using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Rollcall.Conformance.Tests.Http;

public class AnswerTests(Agents agents) : IClassFixture<Agents>
{
    public static IEnumerable<string> Rows => AnswerTable.Rows.Select(r => r.Name);

    public static IEnumerable<string> ControlTargets => ["/v1/kv/a?x=\u0013", "/v1/kv//a?x=\u0013", "/v1/kv/a\u007f"];

    [Theory]
    [OnEmbedded(nameof(Rows))]
    [OnConsul(nameof(Rows))]
    public async Task Request_GivesTheAnswerOnRecord(AgentKind kind, string name)
    {
        var row = AnswerTable.Rows.Single(r => r.Name == name);
        var agent = await PreparedAsync(kind);

        var answer = await agent.SendAsync(row.Request.Split(' ')[0], row.Request.Split(' ')[1], row.Body);

        Assert.Equal(row.Status, answer.Status);
        Assert.Equal(row.Text, IsJson(answer) ? Compact(answer.Text) : answer.Text);
        var usual = IsJsonText(row.Text) ? "application/json" : row.Text.Length == 0 ? null : "text/plain; charset=utf-8";
        if ((row.ContentType ?? usual) is { } contentType)
        {
            Assert.Equal(contentType, answer.Header("Content-Type"));
        }

        Assert.Equal("Accept-Encoding", answer.Header("Vary"));
        if (row.Header?.Split(": ") is [var header, var value])
        {
            Assert.Equal(value, answer.Header(header));
        }
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ValueOverTheLimit_IsRefusedWithBothSizes(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        var answer = await agent.SendAsync("PUT", "/v1/kv/big", new string('a', 600_000));

        Assert.Equal(413, answer.Status);
        Assert.StartsWith("Request body(600000 bytes) too large, max size: 524288 bytes. See ", answer.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await agent.GetAsync("/v1/kv/big")).Status);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ValueAtTheLimit_IsKept(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var value = new string('b', 524_288);

        Assert.Equal("true", (await agent.PutAsync("/v1/kv/large", value)).Text.Trim());
        Assert.Equal(value, (await agent.GetAsync("/v1/kv/large?raw")).Text);
    }

    // HttpClient would escape them.
    [Theory]
    [OnEmbedded(nameof(ControlTargets))]
    [OnConsul(nameof(ControlTargets))]
    public async Task ControlCharacterInTheTarget_IsRefused_AndTheConnectionClosed(AgentKind kind, string target)
    {
        var agent = await agents.GetAsync(kind);
        using var client = new TcpClient();
        await client.ConnectAsync(agent.Address.Host, agent.Address.Port);

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n400 Bad Request", answer, StringComparison.Ordinal);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task UnknownPath_IsAnEmpty404(AgentKind kind)
    {
        var answer = await (await agents.GetAsync(kind)).GetAsync("/v1/nope");

        Assert.Equal(404, answer.Status);
        Assert.Empty(answer.Body);
    }

    private async Task<TestedAgent> PreparedAsync(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        // Doing it again changes nothing, so that every row may.
        _ = await agent.PutAsync("/v1/agent/service/register", """{"Name":"ill","Check":{"TTL":"1h"}}""");
        _ = await agent.PutAsync("/v1/agent/service/register", """{"Name":"weak","Check":{"TTL":"1h","Status":"warning"}}""");
        _ = await agent.PutAsync("/v1/kv/k", "v");
        return agent;
    }

    private static bool IsJson(Answer answer) => answer.Header("Content-Type") == "application/json";

    private static bool IsJsonText(string text) => text is "true" or "false" or "null" || text.StartsWith('[') || text.StartsWith('{');

    private static string Compact(string json) => JsonNode.Parse(json)?.ToJsonString() ?? "null";
}
