using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Agent;

public class CheckTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task TtlWithoutHeartbeat_ExpiresAndTheCatalogSaysSo(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var since = Stopwatch.StartNew();
        await agent.RegisterAsync("expires", "expires-1", """ "Check":{"TTL":"1s"} """);
        _ = await agent.PutAsync("/v1/agent/check/pass/service:expires-1?note=last+words");
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "expires") == "passing");

        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "expires") == "critical");

        Assert.True(since.Elapsed >= TimeSpan.FromSeconds(1), $"expired after {since.Elapsed}");
        Assert.Equal(
            "TTL expired (last output before timeout follows): last words",
            (await CheckAsync(agent, "expires"))["Output"]!.GetValue<string>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task PassWarnFailAndUpdate_SetStatusAndOutput(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("told", "told-1", """ "Check":{"TTL":"1h"} """);

        foreach (var (verb, status) in new[] { ("pass", "passing"), ("warn", "warning"), ("fail", "critical") })
        {
            _ = await agent.PutAsync($"/v1/agent/check/{verb}/service:told-1?note=as+{verb}");
            var local = (await agent.GetAsync("/v1/agent/checks")).Json!["service:told-1"]!;
            Assert.Equal(status, local["Status"]!.GetValue<string>());
            Assert.Equal($"as {verb}", local["Output"]!.GetValue<string>());
            await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "told") == status);
        }

        _ = await agent.PutAsync("/v1/agent/check/update/service:told-1", """{"Status":"passing","Output":"fine"}""");
        Assert.Equal("fine", (await agent.GetAsync("/v1/agent/checks")).Json!["service:told-1"]!["Output"]!.GetValue<string>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task TcpCheck_PassesWhileSomebodyListens(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = listener.LocalEndpoint.ToString();

        await agent.RegisterAsync("tcp", "tcp-1", $$""" "Check":{"TCP":"{{target}}","Interval":"300ms","Timeout":"2s"} """);
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "tcp") == "passing");
        Assert.Equal($"TCP connect {target}: Success", (await LocalCheckAsync(agent, "service:tcp-1"))["Output"]!.GetValue<string>());

        listener.Stop();
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "tcp") == "critical");
        Assert.Equal(
            $"dial tcp {target}: connect: connection refused", (await LocalCheckAsync(agent, "service:tcp-1"))["Output"]!.GetValue<string>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task HttpCheck_FollowsTheStatus(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var status = 200;
        await using var app = await StartWebAsync(() => Volatile.Read(ref status));
        var url = app.Urls.Single() + "/health";

        await agent.RegisterAsync("http", "http-1", $$""" "Check":{"HTTP":"{{url}}","Interval":"300ms","Timeout":"2s"} """);
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "http") == "passing");
        Assert.Equal($"HTTP GET {url}: 200 OK Output: I say 200", (await LocalCheckAsync(agent, "service:http-1"))["Output"]!.GetValue<string>());

        Volatile.Write(ref status, 429);
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "http") == "warning");

        Volatile.Write(ref status, 503);
        await Eventually.TrueAsync(async () => await CatalogStatusAsync(agent, "http") == "critical");
        Assert.Equal(
            $"HTTP GET {url}: 503 Service Unavailable Output: I say 503",
            (await LocalCheckAsync(agent, "service:http-1"))["Output"]!.GetValue<string>());
    }

    private static async Task<WebApplication> StartWebAsync(Func<int> status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _ = builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = status();
            return context.Response.WriteAsync($"I say {context.Response.StatusCode}");
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<JsonNode> CheckAsync(TestedAgent agent, string service) =>
        (await agent.GetAsync($"/v1/health/checks/{service}")).Json![0]!;

    private static async Task<JsonNode> LocalCheckAsync(TestedAgent agent, string id) => (await agent.GetAsync("/v1/agent/checks")).Json![id]!;

    private static async Task<string> CatalogStatusAsync(TestedAgent agent, string service) =>
        (await CheckAsync(agent, service))["Status"]!.GetValue<string>();
}
