using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Rollcall.Conformance.Tests.Http;

public class AnswerTests(Agents agents) : IClassFixture<Agents>
{
    public static IEnumerable<string> Rows => AnswerTable.Rows.Concat(RefusalTable.Rows).Select(r => r.Name);

    /// <summary>Requests that no client of ours would send, and how the answers begin and end.</summary>
    private static readonly Dictionary<string, (string First, string Last)> s_wire = new(StringComparer.Ordinal)
    {
        ["GET http://foo/v1/catalog/datacenters HTTP/1.1\nHost: x\n\n"] = ("200 OK", "[\"dc1\"]"),
        ["GET http://foo:1/v1/catalog/datacenters HTTP/1.1\nHost: x:2\n\n"] = ("200 OK", "[\"dc1\"]"),
        ["GET /v1/kv/a?x=%zz HTTP/1.1\nHost: x\n\n"] = ("500 Internal Server Error", ""),
        ["GET /v1/kv/a?x=1&%=1 HTTP/1.1\nHost: x\n\n"] = ("500 Internal Server Error", ""),
        ["GET /v1/catalog/datacenters?x=1;y=%4 HTTP/1.1\nHost: x\n\n"] = ("500 Internal Server Error", ""),
        ["DELETE /v1/agent/services?x=% HTTP/1.1\nHost: x\n\n"] = ("500 Internal Server Error", ""),
        ["GET /v1/nope?x=% HTTP/1.1\nHost: x\n\n"] = ("404 Not Found", ""),
        ["PUT /v1/kv/coded HTTP/1.1\nHost: x\nTransfer-Encoding: gzip, chunked\n\n0\n\n"] = ("501 Not Implemented", "Unsupported transfer encoding"),
        ["PUT /v1/kv/coded HTTP/1.1\nHost: x\nTransfer-Encoding: chunked, chunked\n\n0\n\n"] = ("501 Not Implemented", "Unsupported transfer encoding"),
        ["PUT /v1/kv/chunked HTTP/1.1\nHost: x\nTransfer-Encoding: Chunked\n\n0\n\n"] = ("200 OK", "true"),
    };

    public static IEnumerable<string> Wire => s_wire.Keys;

    public static IEnumerable<string> ControlTargets => ["/v1/kv/a?x=\u0013", "/v1/kv//a?x=\u0013", "/v1/kv/a\u007f"];

    [Theory]
    [OnEmbedded(nameof(Rows))]
    [OnConsul(nameof(Rows))]
    public async Task Request_GivesTheAnswerOnRecord(AgentKind kind, string name)
    {
        var row = AnswerTable.Rows.Concat(RefusalTable.Rows).Single(r => r.Name == name);
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
    [OnEmbedded(nameof(Wire))]
    [OnConsul(nameof(Wire))]
    public async Task RequestAsItStands_GivesTheAnswerOnRecord(AgentKind kind, string request)
    {
        var agent = await agents.GetAsync(kind);
        using var client = new TcpClient();
        await client.ConnectAsync(agent.Address.Host, agent.Address.Port);

        var text = request.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("\r\nHost:", "\r\nConnection: close\r\nHost:", StringComparison.Ordinal);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync();
        var (first, last) = s_wire[request];
        Assert.StartsWith($"HTTP/1.1 {first}\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(last, Compacted(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));

        // One of them indents its JSON, and ends it with a line break.
        static string Compacted(string body) => IsJsonText(body) ? Compact(body) : body.TrimEnd('\n');
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
