using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Tests.Hello;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Answers that a handler gave and that have no form for the caller: those who observe the call see what the caller sees.</summary>
[Collection("telemetry")]
public sealed class UnwritableAnswerTests : IAsyncLifetime, IDisposable
{
    private const string Source = "Rollcall.Grpc.Server";
    private const string RememberMethod = "hello.HelloService/Remember";
    private const string PageMethod = "rollcall.test.library.Library/Page";
    private const string Unwritable = "The message can't be written as JSON.";
    private const string ListMethod = "rollcall.test.library.Library/ListBooks";

    private static readonly Any s_unknown = new() { TypeUrl = "type.googleapis.com/not.Known" };
    private static readonly Timestamp s_tooLate = new() { Seconds = long.MaxValue };

    private readonly TelemetryCollector _collector = new(Source);
    private readonly HelloBehavior _hello = new();
    private LibraryServer _server = null!;

    public async Task InitializeAsync() => _server = await LibraryServer.StartAsync(
        services: services =>
        {
            services.AddSingleton(_hello);
            services.AddSingleton<IMeterFactory>(_collector);
        },
        map: app =>
        {
            app.MapGrpcService<LibraryService>();
            app.MapGrpcService<GreetingService>();
        });

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    public void Dispose() => _collector.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConnectJson_IsInternalForAll(bool isTime)
    {
        _hello.Remember = (_, _) => Task.FromResult(isTime ? new Memory { At = s_tooLate } : new Memory { Detail = s_unknown });

        using var response = await _server.SendAsync("POST", "/" + RememberMethod, "{}");

        await AssertInternalAsync(response, RememberMethod, Unwritable);
    }

    [Fact]
    public async Task ConnectProto_NeedsNoJson()
    {
        _hello.Remember = (_, _) => Task.FromResult(new Memory { Detail = s_unknown });

        using var response = await _server.SendAsync("POST", "/" + RememberMethod, "", HelloServer.Proto);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("OK", Assert.Single(await _collector.WaitForSpansAsync(Source, 1)).GetTagItem("rpc.response.status_code"));
    }

    [Fact]
    public async Task Route_IsInternalForAll()
    {
        _server.Behavior.Page = (_, _) => Task.FromResult(new ListBooksReply { Extra = s_unknown });

        using var response = await _server.SendAsync("GET", "/v1/page");

        await AssertInternalAsync(response, PageMethod, Unwritable);
    }

    [Fact]
    public async Task MessageTooDeepToBeRead_IsInternalForAll()
    {
        var place = new Place();
        for (var i = 0; i < 200; i++)
        {
            place = new Place { Up = place };
        }

        _server.Behavior.Page = (_, _) => Task.FromResult(new ListBooksReply { Books = { new Book { Place = place } } });

        using var response = await _server.SendAsync("GET", "/v1/page");

        await AssertInternalAsync(response, PageMethod);
    }

    // Flushed by the handler, or left to the end of the call.
    [Theory]
    [InlineData((WriteFlags)0, 0)]
    [InlineData((WriteFlags)0, 1)]
    [InlineData(WriteFlags.BufferHint, 0)]
    [InlineData(WriteFlags.BufferHint, 1)]
    public async Task StreamOfARoute_IsInternalForAll(WriteFlags flags, int before)
    {
        _server.Behavior.ListBooks = async (_, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(flags);
            for (var i = 0; i < before; i++)
            {
                await responses.WriteAsync(new Book { Name = $"{i}" });
            }

            await responses.WriteAsync(new Book { Published = s_tooLate });
        };

        using var response = await _server.SendAsync("GET", "/v1/books");

        var text = await response.Content.ReadAsStringAsync().WithinAsync();
        Assert.Contains("\"code\":13,", text, StringComparison.Ordinal);
        Assert.Equal(before, text.Split('\n').Length - (before == 0 ? 1 : 2));
        await AssertObservedAsync(ListMethod, Unwritable);
    }

    [Fact]
    public async Task TrailerThatHttpCannotCarry_IsInternalForAll()
    {
        _server.Server.Logs.Expect(entry => entry.Message.StartsWith("A trailer of", StringComparison.Ordinal));
        _hello.SayHello = (_, context) =>
        {
            context.ResponseTrailers.Add(context.RequestHeaders.Get("from-a-peer")!);
            return Task.FromResult(new HelloReply());
        };
        using var connection = await RawConnection.OpenAsync(_server.Server.Address);

        await connection.SendAsync(Encoding.UTF8.GetBytes(
            $"POST {HelloServer.SayHello} HTTP/1.1\r\nHost: a\r\nFrom-A-Peer: ä\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"));
        var response = await connection.ReadResponseAsync();

        Assert.StartsWith("HTTP/1.1 500", response, StringComparison.Ordinal);
        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal("INTERNAL", span.GetTagItem("rpc.response.status_code"));
    }

    private async Task AssertInternalAsync(HttpResponseMessage response, string method, string? described = null)
    {
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("can't be", await response.Content.ReadAsStringAsync().WithinAsync(), StringComparison.Ordinal);
        await AssertObservedAsync(method, described);
    }

    // What the caller is told has a part of the message in it, and nobody else is told that.
    private async Task AssertObservedAsync(string method, string? described)
    {
        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal((method, "INTERNAL", "INTERNAL"), (span.DisplayName, span.GetTagItem("rpc.response.status_code"), span.GetTagItem("error.type")));
        Assert.Equal(described ?? span.StatusDescription, span.StatusDescription);
        Assert.DoesNotContain(span.TagObjects, static tag => $"{tag.Value}".Contains("not.Known", StringComparison.Ordinal));
        var duration = Assert.Single(_collector.Measurements, m => m.Instrument.Name == "rpc.server.call.duration");
        Assert.Equal("INTERNAL", duration.Tags["error.type"]);
        Assert.Single(_server.Server.Logs.Entries, entry => entry.Message.StartsWith($"/{method} ended with Internal", StringComparison.Ordinal));
    }
}
