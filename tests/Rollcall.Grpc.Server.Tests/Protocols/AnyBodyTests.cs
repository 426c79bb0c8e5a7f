using System.Net;
using System.Text.Json;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>What is taken as an Any is given back as it was, and what can't be is the caller's fault.</summary>
public sealed class AnyBodyTests : IAsyncLifetime
{
    private HelloServer _hello = null!;
    private LibraryServer _library = null!;

    public async Task InitializeAsync() => (_hello, _library) = (await HelloServer.StartAsync(), await LibraryServer.StartAsync());

    public async Task DisposeAsync()
    {
        await _hello.DisposeAsync();
        await _library.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"2020-01-01T00:00:00Z"}""")]
    [InlineData("""{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"x"}""")]
    [InlineData("""{"@type":"x/google.protobuf.FieldMask","value":"a.bC,d"}""")]
    [InlineData("""{"@type":"x/google.protobuf.Struct","value":{"a":[1,null]}}""")]
    [InlineData("""{"@type":"x/google.protobuf.Value","value":null}""")]
    [InlineData("""{"@type":"x/google.protobuf.Empty"}""")]
    [InlineData("""{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.Duration","value":"1s"}}""")]
    [InlineData("""{"@type":"x/google.protobuf.FileDescriptorProto","name":"a.proto"}""")]
    [InlineData("""{"@type":"x/google.rpc.RetryInfo","retryDelay":"1s"}""")]
    public async Task TypeThatIsKnown_ComesBackAsItWas(string any)
    {
        using var connect = await _hello.PostAsync(HelloServer.Remember, $$"""{"detail":{{any}}}""");
        using var route = await _library.SendAsync("POST", "/v1/books", $$"""{"extra":{{any}}}""");

        await AssertSameAsync(connect, "detail", any);
        await AssertSameAsync(route, "extra", any);
    }

    // Routes and JSON calls of one method know the same.
    [Theory]
    [InlineData("/v1/journal")]
    [InlineData("/rollcall.test.journal.Journal/Note")]
    public async Task TypeOfTheServicesFile_ComesBackAsItWas(string path)
    {
        const string Any = """{"@type":"type.googleapis.com/rollcall.test.journal.Entry","id":"7"}""";
        await using var journal = await HelloServer.StartAsync(map: app => app.MapGrpcService<JournalService>());

        using var response = await journal.PostAsync(path, $$"""{"detail":{{Any}}}""");

        await AssertSameAsync(response, "detail", Any);
    }

    [Theory]
    [InlineData("{}", "@type")]
    [InlineData("""{"@type":"x/google.protobuf.Any","value":{}}""", "@type")]
    [InlineData("""{"@type":"x/not.Known"}""", "not.Known")]
    [InlineData("""{"@type":"x/not.Known","@value":"AQI="}""", "not.Known")]
    [InlineData("""{"@type":"not.Known","@value":"AQI="}""", "the type's address")]
    [InlineData("""{"@type":"x/google.protobuf.FileOptions","uninterpretedOption":[{"name":[{}]}]}""", "required")]
    public async Task TypeThatCannotBeGivenBack_IsTheCallersFault(string any, string expected)
    {
        var connect = await HelloServer.ReadErrorAsync(
            await _hello.PostAsync(HelloServer.Remember, $$"""{"detail":{{any}}}"""), HttpStatusCode.BadRequest, "invalid_argument");
        var route = await _library.RefusedAsync("POST", "/v1/books", $$"""{"extra":{{any}}}""");

        Assert.All([connect, route], message =>
        {
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.DoesNotContain("@value", message, StringComparison.Ordinal);
        });
    }

    // Beside what was sent, routes write fields that are empty.
    private static async Task AssertSameAsync(HttpResponseMessage response, string name, string any)
    {
        var text = await response.Content.ReadAsStringAsync().WithinAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var back = JsonElement.Parse(text).GetProperty(name);
        Assert.All(JsonElement.Parse(any).EnumerateObject(), member => Assert.True(JsonElement.DeepEquals(member.Value, back.GetProperty(member.Name)), text));
    }
}
