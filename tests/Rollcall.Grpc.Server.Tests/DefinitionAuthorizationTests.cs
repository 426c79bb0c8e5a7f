using System.Net;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Attributes hold for a service that is mapped by its definition, too.</summary>
public sealed class DefinitionAuthorizationTests
{
    private const string Service = "/rollcall.test.library.Library/";

    public enum Form
    {
        Plain,
        Intercepted,
        InterceptedTwice,
    }

    [Theory]
    [InlineData(Form.Plain)]
    [InlineData(Form.Intercepted)]
    [InlineData(Form.InterceptedTwice)]
    public async Task Grpc_IsAnsweredToThoseWhoMay(Form form)
    {
        await using var server = await StartAsync(form);

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Caller.CallAsync(Service + "GetBook", new Book())).HttpStatus);
        Assert.Equal("0", (await server.Caller.CallAsync(Service + "GetBook", new Book(), Token("ann"))).GrpcStatus);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Caller.CallAsync(Service + "Search", new Query(), Token("ann"))).HttpStatus);
        Assert.Equal("0", (await server.Caller.CallAsync(Service + "Search", new Query(), Token("ann admin"))).GrpcStatus);
        Assert.Equal("0", (await server.Caller.CallAsync(Service + "ReadBook", new Book())).GrpcStatus);
    }

    [Theory]
    [InlineData(Form.Plain)]
    [InlineData(Form.Intercepted)]
    [InlineData(Form.InterceptedTwice)]
    public async Task Json_IsAnsweredToThoseWhoMay(Form form)
    {
        await using var server = await StartAsync(form);
        using var caller = new WebCaller(server.Address);

        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(caller, "GetBook"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(caller, "GetBook", Token("ann")));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(caller, "Search", Token("ann")));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(caller, "ReadBook"));
    }

    [Theory]
    [InlineData(Form.Plain)]
    [InlineData(Form.Intercepted)]
    [InlineData(Form.InterceptedTwice)]
    public async Task HttpRoute_IsAnsweredToThoseWhoMay(Form form)
    {
        await using var server = await StartAsync(form);
        using var caller = new WebCaller(server.Address);

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(caller, "/v1/books/momo"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(caller, "/v1/books/momo", Token("ann")));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(caller, "/v1/search", Token("ann")));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(caller, "/v1/files/momo:read"));
    }

    [Theory]
    [InlineData(Form.Plain)]
    [InlineData(Form.Intercepted)]
    public async Task OtherAttributes_Hold(Form form)
    {
        await using var server = await StartAsync(form);
        using var caller = new WebCaller(server.Address);

        using var response = await caller.SendAsync(
            HttpMethod.Post, Service + "ReadBook", new ByteArrayContent(RawCaller.Frame(new Book())), WebCaller.Binary);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task HandlersOfNoService_HaveTheirOwnAttributes()
    {
        var definition = ServerServiceDefinition.CreateBuilder()
            .AddMethod(Method("Lambda"), [Authorize] (request, _) => Task.FromResult(request))
            .AddMethod(Method("Static"), GuardedHandlers.Echo)
            .AddMethod(Method("Open"), (request, _) => Task.FromResult(request))
            .Build();
        await using var server = await StartAsync(definition);
        var body = RawCaller.Frame([], flag: 0);

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Caller.CallAsync("/texts/Lambda", body)).HttpStatus);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Caller.CallAsync("/texts/Static", body)).HttpStatus);
        Assert.Equal("0", (await server.Caller.CallAsync("/texts/Open", body)).GrpcStatus);
    }

    [Fact]
    public async Task InterceptedMethodWithoutHandler_IsRefusedAtTheStart()
    {
        var definition = ServerServiceDefinition.CreateBuilder()
            .AddMethod(Method("None"), (UnaryServerMethod<string, string>)null!)
            .Build()
            .Intercept(new RecordingInterceptor("a", []));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(definition));

        Assert.Contains("no handler for /texts/None", error.Message, StringComparison.Ordinal);
    }

    private static Method<string, string> Method(string name) =>
        new(MethodType.Unary, "texts", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    private static async Task<HttpStatusCode> PostAsync(WebCaller caller, string method, params (string Name, string Value)[] headers)
    {
        using var response = await caller.SendAsync(HttpMethod.Post, Service + method, new ByteArrayContent("{}"u8.ToArray()), HelloServer.Json, headers);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> GetAsync(WebCaller caller, string path, params (string Name, string Value)[] headers)
    {
        using var response = await caller.SendAsync(HttpMethod.Get, path, null, null, headers);
        return response.StatusCode;
    }

    private static (string Name, string Value) Token(string token) => ("authorization", $"Bearer {token}");

    private static Task<GrpcTestServer> StartAsync(Form form)
    {
        var definition = Library.Library.BindService(new GuardedLibraryService());
        return StartAsync(form switch
        {
            Form.Plain => definition,
            Form.Intercepted => definition.Intercept(new RecordingInterceptor("a", [])),
            _ => definition.Intercept(new RecordingInterceptor("a", []), new RecordingInterceptor("b", [])),
        });
    }

    private static Task<GrpcTestServer> StartAsync(ServerServiceDefinition definition) => GrpcTestServer.StartAsync(
        services: services =>
        {
            services.AddAuthentication(TokenHandler.Name).AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.Name, null);
            services.AddAuthorization();
        },
        map: app =>
        {
            ((IApplicationBuilder)app).UseAuthentication().UseAuthorization();
            app.MapGrpcService(definition);
        },
        protocols: HttpProtocols.Http1AndHttp2);

    [Authorize]
    private static class GuardedHandlers
    {
        public static Task<string> Echo(string request, ServerCallContext context) => Task.FromResult(request);
    }
}
