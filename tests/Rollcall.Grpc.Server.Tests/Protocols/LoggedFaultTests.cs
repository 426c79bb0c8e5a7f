using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server.Tests.Hello;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>What is wrong with a message is told to the caller with the value, and logged without it.</summary>
public sealed class LoggedFaultTests
{
    private const string Category = "Rollcall.Grpc.Server.Call";

    [Theory]
    [InlineData("""{"mood":"SECRET"}""", "The field 'mood' of the request body is wrong.")]
    [InlineData("""{"inner":{"tags":[1,{"SECRET":1}]}}""", "The field 'inner' of the request body is wrong.")]
    [InlineData("""{"anything":{"SECRET":1,"SECRET":2}}""", "The field 'anything' of the request body is wrong.")]
    [InlineData("""{"detail":{"@type":"x/SECRET"}}""", "The field 'detail' of the request body is wrong.")]
    [InlineData("\"SECRET\"", "The request body is no hello.Memory.")]
    [InlineData("""{"text":tSECRET}""", "The request body is no JSON: line 1, byte 10.")]
    public async Task ConnectBody_IsNotLogged(string json, string logged)
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.PostAsync(HelloServer.Remember, json);

        Assert.NotEqual("", await response.Content.ReadAsStringAsync());
        AssertLogged(hello.Server.Logs, $"{HelloServer.Remember} ended with InvalidArgument: {logged}");
    }

    [Theory]
    [InlineData("POST", "/v1/books", """{"pages":"SECRET"}""", "The field 'pages' of the request body is wrong.", "/CreateBook")]
    [InlineData("PATCH", "/v1/shelves/1/books/2", """{"pages":"SECRET"}""", "The field 'book' of the request body is wrong.", "/UpdateBook")]
    [InlineData("GET", "/v1/books?int32_value=SECRET", null, "The query parameter 'int32_value' is wrong: expected a value of type int32.", "/ListBooks")]
    public async Task RequestOfARoute_IsNotLogged(string method, string path, string? body, string logged, string name)
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Contains("is wrong: expected", await library.RefusedAsync(method, path, body), StringComparison.Ordinal);

        AssertLogged(library.Server.Logs, $"/rollcall.test.library.Library{name} ended with InvalidArgument: {logged}");
    }

    [Fact]
    public async Task AnswerThatHasNoJson_IsNotLogged()
    {
        await using var library = await LibraryServer.StartAsync();
        await using var hello = await HelloServer.StartAsync();
        var secret = new Any { TypeUrl = "type.googleapis.com/SECRET" };
        library.Behavior.Page = (_, _) => Task.FromResult(new ListBooksReply { Extra = secret });
        library.Behavior.ListBooks = (_, responses, _) => responses.WriteAsync(new Book { Published = new Timestamp { Seconds = long.MaxValue } });
        hello.Behavior.Remember = (_, _) => Task.FromResult(new Memory { Detail = secret });

        using var route = await library.SendAsync("GET", "/v1/page");
        using var stream = await library.SendAsync("GET", "/v1/books");
        using var connect = await hello.PostAsync(HelloServer.Remember, "{}");

        Assert.Contains("SECRET", await route.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("SECRET", await connect.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        AssertLogged(
            library.Server.Logs,
            "/rollcall.test.library.Library/Page ended with Internal: The message can't be written as JSON.",
            "/rollcall.test.library.Library/ListBooks ended with Internal: The message can't be written as JSON.");
        AssertLogged(hello.Server.Logs, $"{HelloServer.Remember} ended with Internal: The message can't be written as JSON.");
    }

    private static void AssertLogged(LogCollector logs, params string[] lines) =>
        Assert.Equal(lines, logs.Entries.Where(static entry => entry is { Category: Category, Level: LogLevel.Debug }).Select(static entry => entry.Message));
}
