using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A server with <see cref="LibraryService"/>, and what a REST client would do with it.</summary>
internal sealed class LibraryServer : IAsyncDisposable
{
    private LibraryServer(GrpcTestServer server, LibraryBehavior behavior, Version? version)
    {
        Server = server;
        Behavior = behavior;
        Caller = new WebCaller(server.Address, version);
    }

    public GrpcTestServer Server { get; }

    public LibraryBehavior Behavior { get; }

    public WebCaller Caller { get; }

    public static async Task<LibraryServer> StartAsync(
        Action<GrpcServiceOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IEndpointRouteBuilder>? map = null,
        TimeProvider? timeProvider = null,
        Version? version = null)
    {
        var behavior = new LibraryBehavior();
        var server = await GrpcTestServer.StartAsync(
            options,
            collection =>
            {
                collection.AddSingleton(behavior);
                services?.Invoke(collection);
            },
            map ?? (app => app.MapGrpcService<LibraryService>()),
            timeProvider,
            HttpProtocols.Http1AndHttp2);
        return new LibraryServer(server, behavior, version);
    }

    /// <summary>Sends a request, with a JSON body if there is one.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, string type = "application/json") =>
        Caller.SendAsync(new HttpMethod(method), path, body is null ? null : new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body)), type);

    /// <summary>Sends a request and gives the JSON of its answer; anything but the expected status fails.</summary>
    public async Task<JsonElement> CallAsync(string method, string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await SendAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync().WithinAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonElement.Parse(text);
    }

    /// <summary>Sends a request that is refused with 400, and gives the message.</summary>
    public async Task<string> RefusedAsync(string method, string path, string? body = null)
    {
        var error = await CallAsync(method, path, body, HttpStatusCode.BadRequest);
        Assert.Equal(3, error.GetProperty("code").GetInt32());
        return error.GetProperty("message").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Server.DisposeAsync();
    }
}
