using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A server with <see cref="GreetingService"/> on one port, and what a program without gRPC would do with it.</summary>
internal sealed class HelloServer : IAsyncDisposable
{
    public const string SayHello = "/hello.HelloService/SayHello";
    public const string Remember = "/hello.HelloService/Remember";
    public const string SayHellos = "/hello.HelloService/SayHellos";
    public const string Json = "application/json";
    public const string Proto = "application/proto";

    private HelloServer(GrpcTestServer server, HelloBehavior behavior, Version? version)
    {
        Server = server;
        Behavior = behavior;
        Caller = new WebCaller(server.Address, version);
    }

    public GrpcTestServer Server { get; }

    public HelloBehavior Behavior { get; }

    public WebCaller Caller { get; }

    public static async Task<HelloServer> StartAsync(
        Action<GrpcServiceOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IEndpointRouteBuilder>? map = null,
        TimeProvider? timeProvider = null,
        Version? version = null)
    {
        var behavior = new HelloBehavior();
        var server = await GrpcTestServer.StartAsync(
            options,
            collection =>
            {
                collection.AddSingleton(behavior);
                services?.Invoke(collection);
            },
            map ?? (app => app.MapGrpcService<GreetingService>()),
            timeProvider,
            HttpProtocols.Http1AndHttp2);
        return new HelloServer(server, behavior, version);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), Json, headers);

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        foreach (var (name, value) in headers.Where(header => header.Name.StartsWith("content-", StringComparison.Ordinal)))
        {
            content.Headers.TryAddWithoutValidation(name, value);
        }

        return Caller.SendAsync(
            HttpMethod.Post, path, content, type, [.. headers.Where(header => !header.Name.StartsWith("content-", StringComparison.Ordinal))]);
    }

    public Task<HttpResponseMessage> GetAsync(string query, params (string Name, string Value)[] headers) =>
        Caller.SendAsync(HttpMethod.Get, SayHello + query, null, null, headers);

    /// <summary>Reads an answer that must be a success in JSON.</summary>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync().WithinAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {text}");
            Assert.Equal(Json, response.Content.Headers.ContentType?.ToString());
            return JsonElement.Parse(text);
        }
    }

    /// <summary>Reads an answer that must be an error of this code, and gives its message.</summary>
    public static async Task<string> ReadErrorAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync().WithinAsync();
            Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
            Assert.Equal(Json, response.Content.Headers.ContentType?.ToString());
            var error = JsonElement.Parse(text);
            Assert.Equal(code, error.GetProperty("code").GetString());
            return error.TryGetProperty("message", out var message) ? message.GetString()! : "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Server.DisposeAsync();
    }
}
