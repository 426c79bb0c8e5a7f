using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols.Browser;

/// <summary>A page of one origin calls a server of another one. Only a browser holds the rules of CORS.</summary>
public sealed class BrowserTests
{
    [RequiresChromiumFact]
    public async Task AllowedOrigin_MakesEveryKindOfCall()
    {
        await using var page = await BrowserPage.StartAsync();
        await using var server = await StartAsync(page.Origin);

        var results = await page.RunAsync(server.Address);

        Assert.Equal("hi | grpc-status: 0", results["binary"]);
        Assert.Equal("hi | grpc-status: 0", results["base64"]);
        Assert.Equal("200 grpc-status: 5 grpc-message: no such thing", results["failure"]);
        Assert.Equal("first | second | grpc-status: 0", results["stream"]);
        Assert.Equal("1 null", results["header"]);
        Assert.Equal("hi", results["connect"]);
        Assert.Equal("404 not_found no such thing", results["connectFailure"]);
        Assert.Equal("200 null", results["rest"]);
        Assert.Equal("n", results["restBody"]);
    }

    [RequiresChromiumFact]
    public async Task OriginThatNobodyAllowed_MakesNone()
    {
        await using var page = await BrowserPage.StartAsync();
        await using var server = await StartAsync(origin: null);
        var reached = 0;
        server.Behavior.Unary = (request, _) =>
        {
            Interlocked.Increment(ref reached);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var results = await page.RunAsync(server.Address);

        Assert.True(results.Count >= 9);
        Assert.All(results, result => Assert.Equal("TypeError", result.Value));
        Assert.Equal(0, reached);
    }

    private static async Task<GrpcTestServer> StartAsync(string? origin)
    {
        var server = await GrpcTestServer.StartAsync(
            services: services =>
            {
                services.AddSingleton<LibraryBehavior>();
                if (origin is not null)
                {
                    services.AddCors(cors => cors.AddDefaultPolicy(
                        policy => policy.WithOrigins(origin).WithGrpc().WithMethods("DELETE").WithExposedHeaders("ahead")));
                }
            },
            map: app =>
            {
                if (origin is not null)
                {
                    ((IApplicationBuilder)app).UseCors();
                }

                app.MapGrpcService<EchoService>();
                app.MapGrpcService<LibraryService>();
            },
            protocols: HttpProtocols.Http1AndHttp2);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Unary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "ahead", "1" }, { "hidden", "2" } });
            return request.Text switch
            {
                "fail" => throw new RpcException(new Status(StatusCode.NotFound, "no such thing")),
                "release" when release.TrySetResult() => EchoBehavior.Reply(request),
                _ => EchoBehavior.Reply(request),
            };
        };
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            await responses.WriteAsync(new EchoReply { Text = "first" });
            await release.Task.WithinAsync();
            await responses.WriteAsync(new EchoReply { Text = "second" });
        };
        return server;
    }
}
