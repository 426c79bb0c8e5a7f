using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Library;
using Status = Grpc.Core.Status;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class ResponseTests
{
    [Theory]
    [InlineData(StatusCode.Cancelled, 499)]
    [InlineData(StatusCode.Unknown, 500)]
    [InlineData(StatusCode.InvalidArgument, 400)]
    [InlineData(StatusCode.DeadlineExceeded, 504)]
    [InlineData(StatusCode.NotFound, 404)]
    [InlineData(StatusCode.AlreadyExists, 409)]
    [InlineData(StatusCode.PermissionDenied, 403)]
    [InlineData(StatusCode.Unauthenticated, 401)]
    [InlineData(StatusCode.ResourceExhausted, 429)]
    [InlineData(StatusCode.FailedPrecondition, 400)]
    [InlineData(StatusCode.Aborted, 409)]
    [InlineData(StatusCode.OutOfRange, 400)]
    [InlineData(StatusCode.Unimplemented, 501)]
    [InlineData(StatusCode.Internal, 500)]
    [InlineData(StatusCode.Unavailable, 503)]
    [InlineData(StatusCode.DataLoss, 500)]
    public async Task Status_BecomesHttpStatusAndJson(StatusCode code, int expected)
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.GetBook = (_, _) => throw new RpcException(new Status(code, "why: ü"));

        var error = await library.CallAsync("GET", "/v1/books/1", body: null, (HttpStatusCode)expected);

        Assert.Equal((int)code, error.GetProperty("code").GetInt32());
        Assert.Equal("why: ü", error.GetProperty("message").GetString());
        Assert.Equal(0, error.GetProperty("details").GetArrayLength());
    }

    [Fact]
    public async Task OkThrownWithoutTheResponse_IsInternal()
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.GetBook = (_, _) => throw new RpcException(new(StatusCode.OK, ""));

        var error = await library.CallAsync("GET", "/v1/books/1", expected: HttpStatusCode.InternalServerError);

        Assert.Equal(13, error.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Details_AreWrittenAsJsonWhereTheirTypeIsKnown()
    {
        await using var library = await LibraryServer.StartAsync();
        var status = new Google.Rpc.Status
        {
            Code = 3,
            Details =
            {
                Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "name" } } }),
                Any.Pack(new Book { Name = "b" }),
                new Any { TypeUrl = "type.googleapis.com/not.Known", Value = ByteString.CopyFrom(1, 2) },
            },
        };
        library.Behavior.GetBook = (_, _) => throw new RpcException(
            new Status(StatusCode.InvalidArgument, "bad"), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });

        var details = (await library.CallAsync("GET", "/v1/books/1", body: null, HttpStatusCode.BadRequest)).GetProperty("details");

        Assert.Equal("type.googleapis.com/google.rpc.BadRequest", details[0].GetProperty("@type").GetString());
        Assert.Equal("name", details[0].GetProperty("fieldViolations")[0].GetProperty("field").GetString());
        Assert.Equal("b", details[1].GetProperty("name").GetString());
        Assert.Equal("type.googleapis.com/not.Known", details[2].GetProperty("@type").GetString());
        Assert.Equal("AQI=", details[2].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Metadata_GoesIntoHeaders()
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.GetBook = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "ahead", "1" } });
            context.ResponseTrailers.Add("behind", "2");
            request.Title = context.RequestHeaders.GetValue("x-from");
            return request;
        };

        using var response = await library.Caller.SendAsync(HttpMethod.Get, "/v1/books/1", null, null, ("x-from", "browser"), ("grpc-accept-encoding", "gzip"));

        Assert.Equal("1", Assert.Single(response.Headers.GetValues("ahead")));
        Assert.Equal("2", Assert.Single(response.Headers.GetValues("grpc-trailer-behind")));
        Assert.Contains("browser", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressionOfResponses_StopsAtTheRoute()
    {
        await using var library = await LibraryServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");

        using var response = await library.Caller.SendAsync(HttpMethod.Get, "/v1/books/1", null, null, ("grpc-accept-encoding", "gzip"));

        Assert.False(response.Headers.Contains("grpc-encoding"));
        Assert.Equal("1", JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Deadline_IsGatewayTimeout()
    {
        var time = new FakeTimeProvider();
        await using var library = await LibraryServer.StartAsync(timeProvider: time);
        library.Behavior.GetBook = async (request, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return request;
        };

        var call = library.Caller.SendAsync(HttpMethod.Get, "/v1/books/1", null, null, ("grpc-timeout", "5S"));
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        using var response = await call.WithinAsync();

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task Stream_ArrivesLineByLine()
    {
        await using var library = await LibraryServer.StartAsync();
        var seen = new SemaphoreSlim(0);
        library.Behavior.ListBooks = async (_, responses, _) =>
        {
            for (var i = 0; i < 3; i++)
            {
                await responses.WriteAsync(new Book { Name = $"{i}" });
                Assert.True(await seen.WaitAsync(TimeSpan.FromSeconds(10)), "The caller did not see the line.");
            }
        };

        using var response = await library.SendAsync("GET", "/v1/books");
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"{i}", JsonElement.Parse((await reader.ReadLineAsync().WithinAsync())!).GetProperty("name").GetString());
            seen.Release();
        }

        Assert.Null(await reader.ReadLineAsync().WithinAsync());
    }

    [Fact]
    public async Task StreamThatWritesWithoutFlushing_SendsAll()
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.ListBooks = async (_, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            await responses.WriteAsync(new Book { Name = "a" });
            await responses.WriteAsync(new Book { Name = "b" });
        };

        using var response = await library.SendAsync("GET", "/v1/books");

        Assert.Equal(2, (await response.Content.ReadAsStringAsync().WithinAsync()).Count(c => c == '\n'));
    }

    [Fact]
    public async Task StreamThatFailsAtOnce_IsAnErrorAnswer()
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.ListBooks = (_, _, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "no"));

        Assert.Equal(7, (await library.CallAsync("GET", "/v1/books", body: null, HttpStatusCode.Forbidden)).GetProperty("code").GetInt32());
        Assert.Contains("'int32_value'", await library.RefusedAsync("GET", "/v1/books?int32_value=x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WriteFlags.BufferHint)]
    [InlineData((WriteFlags)0)]
    public async Task StreamThatFailsLater_EndsWithAnErrorLine(WriteFlags flags)
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.ListBooks = async (_, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(flags);
            await responses.WriteAsync(new Book { Name = "a" });
            throw new RpcException(new Status(StatusCode.Aborted, "enough"));
        };

        using var response = await library.SendAsync("GET", "/v1/books");
        var lines = (await response.Content.ReadAsStringAsync().WithinAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        var error = JsonElement.Parse(lines[1]).GetProperty("error");
        Assert.Equal(10, error.GetProperty("code").GetInt32());
        Assert.Equal("enough", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task MessageOfAStreamThatHasNoJson_FailsItsOwnWriteAlone()
    {
        await using var library = await LibraryServer.StartAsync();
        var failed = new List<(int Write, StatusCode Code)>();
        library.Behavior.ListBooks = async (_, responses, _) =>
        {
            for (var i = 0; i < 4; i++)
            {
                try
                {
                    await responses.WriteAsync(new Book { Name = $"{i}", Published = i == 1 ? new Timestamp { Seconds = long.MaxValue } : null });
                }
                catch (RpcException exception)
                {
                    failed.Add((i, exception.StatusCode));
                }
            }
        };

        using var response = await library.SendAsync("GET", "/v1/books");
        var lines = (await response.Content.ReadAsStringAsync().WithinAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal([(1, StatusCode.Internal)], failed);
        Assert.Equal(["0", "2", "3"], lines.Select(line => JsonElement.Parse(line).TryGetProperty("name", out var name) ? name.GetString() : line));
    }

    [Fact]
    public async Task MessageWithAnUnknownType_IsInternal()
    {
        await using var library = await LibraryServer.StartAsync();
        library.Behavior.Page = (_, _) => Task.FromResult(new ListBooksReply { Extra = new Any { TypeUrl = "type.googleapis.com/not.Known" } });

        var error = await library.CallAsync("GET", "/v1/page", body: null, HttpStatusCode.InternalServerError);

        Assert.Contains("not.Known", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interceptors_SeeTheCall()
    {
        List<string> order = [];
        await using var library = await LibraryServer.StartAsync(options => options.Interceptors.Add(new RecordingInterceptor("a", order)));

        await library.CallAsync("GET", "/v1/books/1");
        using var response = await library.SendAsync("GET", "/v1/books");

        Assert.Equal(["a:unary", "a:server"], order);
    }
}
