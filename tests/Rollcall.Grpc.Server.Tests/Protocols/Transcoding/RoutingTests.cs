using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class RoutingTests
{
    [Theory]
    [InlineData("GET", "/v1/shelves/1/books/2", "shelves/1/books/2", "")]
    [InlineData("GET", "/v1/shelves/1/books/2/", "shelves/1/books/2", "")]
    [InlineData("GET", "/v1/shelves/1/books/2:read", "shelves/1/books/2", "read")]
    [InlineData("GET", "/v1/shelves/1/books/2%3Aread", "shelves/1/books/2", "read")]
    [InlineData("GET", "/v1/shelves/1/books/a:b", "shelves/1/books/a:b", "")]
    [InlineData("GET", "/v1/shelves/a%2Fb/books/caf%C3%A9%20x", "shelves/a%2Fb/books/café x", "")]
    [InlineData("GET", "/v1/shelves/a%252Fb/books/2", "shelves/a%2Fb/books/2", "")]
    [InlineData("GET", "/v1/books/a%2Fb", "a/b", "")]
    [InlineData("GET", "/v1/books/a%2fb", "a/b", "")]
    [InlineData("GET", "/v1/books/a%252Fb", "a%2Fb", "")]
    [InlineData("GET", "/v1/books/100%25", "100%", "")]
    [InlineData("LOOK", "/v1/look/a/b/c", "a/b/c", "")]
    [InlineData("LOOK", "/v1/look/a//c", "a//c", "")]
    [InlineData("LOOK", "/v1/look", "", "")]
    [InlineData("LOOK", "/v1/look/", "", "")]
    [InlineData("LOOK", "/v1/look//", "/", "")]
    [InlineData("LOOK", "/v1/look/a/", "a/", "")]
    [InlineData("LOOK", "/v1/look//a/b//", "/a/b//", "")]
    [InlineData("LOOK", "/v1/look/a%2F/?title=", "a%2F/", "")]
    [InlineData("LOOK", "/v1/below/c/a", "c/a", "")]
    [InlineData("LOOK", "/v1/below/c/a/", "c/a/", "")]
    [InlineData("LOOK", "/v1/below/c/", "c/", "")]
    [InlineData("LOOK", "/v1/below/c", "c/", "")]
    [InlineData("GET", "/v1/files/a/b:read", "a/b", "read")]
    [InlineData("GET", "/v1/files/a:b:read", "a:b", "read")]
    [InlineData("GET", "/v1/files/a/b:read:all", "a/b", "read")]
    [InlineData("GET", "/v1/files/a/b%3aREAD%3Aall", "a/b", "read")]
    [InlineData("GET", "/v1/verbs/a:all:read", "a:all", "read")]
    [InlineData("GET", "/v1/verbs/a:b:read:all", "a:b", "read")]
    [InlineData("GET", "/v1/verbs/a:b:read%3Aal%6C", "a:b", "read")]
    public async Task Path_IsBoundToTheField(string method, string path, string name, string title)
    {
        await using var library = await LibraryServer.StartAsync();

        var book = await library.CallAsync(method, path);

        Assert.Equal(name, book.GetProperty("name").GetString());
        Assert.Equal(title, book.GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("ANYTHING")]
    public async Task CustomStar_TakesEveryHttpMethod(string method)
    {
        await using var library = await LibraryServer.StartAsync();

        var place = (await library.CallAsync(method, "/v1/any/7/x/hall")).GetProperty("place");

        Assert.Equal(7, place.GetProperty("shelf").GetInt32());
        Assert.Equal("hall", place.GetProperty("room").GetString());
    }

    [Theory]
    [InlineData("GET", "/v1/files/a/b", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/shelves/1/books", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/v1/search", HttpStatusCode.MethodNotAllowed)]
    public async Task OtherPathsAndMethods_AreNotServed(string method, string path, HttpStatusCode expected)
    {
        await using var library = await LibraryServer.StartAsync();

        using var response = await library.SendAsync(method, path);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task PathBase_IsNoPartOfTheValue()
    {
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).UsePathBase("/api");
            ((IApplicationBuilder)app).UseRouting();
            app.MapGrpcService<LibraryService>();
        });

        Assert.Equal("a/b", (await library.CallAsync("GET", "/api/v1/books/a%2Fb")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task RewrittenPath_IsRead()
    {
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Request.Path = "/v1/books/x%2Fy";
                return next(context);
            });
            ((IApplicationBuilder)app).UseRouting();
            app.MapGrpcService<LibraryService>();
        });

        Assert.Equal("x/y", (await library.CallAsync("GET", "/elsewhere")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task RewrittenPath_KeepsItsSlashes()
    {
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Request.Path = "/a/v1/look//b//";
                return next(context);
            });
            ((IApplicationBuilder)app).UseRouting();
            app.MapGroup("/a").MapGrpcService<LibraryService>();
        });

        Assert.Equal("/b//", (await library.CallAsync("LOOK", "/elsewhere")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Groups_PrefixTheRoutes()
    {
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            app.MapGroup("/a").MapGrpcService<LibraryService>();
            app.MapGroup("/b").MapGrpcService<LibraryService>();
        });

        Assert.Equal("1", (await library.CallAsync("GET", "/b/v1/books/1")).GetProperty("name").GetString());
        Assert.Equal("shelves/1/books/2", (await library.CallAsync("GET", "/a/v1/shelves/1/books/2")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task ConventionsOfTheService_ReachItsRoutes()
    {
        await using var library = await LibraryServer.StartAsync(
            map: app => app.MapGrpcService<LibraryService>().Add(builder => builder.Metadata.Add("marked")));

        var endpoints = ((IEndpointRouteBuilder)library.Server.App).DataSources.SelectMany(source => source.Endpoints)
            .Where(endpoint => endpoint.DisplayName?.StartsWith("gRPC - GET /v1", StringComparison.Ordinal) == true).ToList();

        Assert.True(endpoints.Count > 3);
        Assert.All(endpoints, endpoint =>
        {
            Assert.Contains("marked", endpoint.Metadata);
            Assert.NotNull(endpoint.Metadata.GetMetadata<GrpcMethodMetadata>());
        });
    }

    [Fact]
    public async Task TurnedOff_MapsNoRoutes()
    {
        await using var library = await LibraryServer.StartAsync(options => options.EnableJsonTranscoding = false);

        using var response = await library.SendAsync("GET", "/v1/books/1");

        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task AddJsonTranscoding_TurnsItOnAgain()
    {
        await using var library = await LibraryServer.StartAsync(
            options => options.EnableJsonTranscoding = false, services => services.AddGrpc().AddJsonTranscoding());

        Assert.Equal("1", (await library.CallAsync("GET", "/v1/books/1")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task RuleOnAStreamOfRequests_IsSkippedWithAWarning()
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Contains(library.Server.Logs.Entries, entry => entry.Message.Contains("rollcall.test.library.Library.Upload", StringComparison.Ordinal));
    }
}
