using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols.Connect;

public sealed class ConnectErrorTests
{
    [Theory]
    [InlineData(StatusCode.Cancelled, 499, "canceled")]
    [InlineData(StatusCode.Unknown, 500, "unknown")]
    [InlineData(StatusCode.InvalidArgument, 400, "invalid_argument")]
    [InlineData(StatusCode.DeadlineExceeded, 504, "deadline_exceeded")]
    [InlineData(StatusCode.NotFound, 404, "not_found")]
    [InlineData(StatusCode.AlreadyExists, 409, "already_exists")]
    [InlineData(StatusCode.PermissionDenied, 403, "permission_denied")]
    [InlineData(StatusCode.ResourceExhausted, 429, "resource_exhausted")]
    [InlineData(StatusCode.FailedPrecondition, 400, "failed_precondition")]
    [InlineData(StatusCode.Aborted, 409, "aborted")]
    [InlineData(StatusCode.OutOfRange, 400, "out_of_range")]
    [InlineData(StatusCode.Unimplemented, 501, "unimplemented")]
    [InlineData(StatusCode.Internal, 500, "internal")]
    [InlineData(StatusCode.Unavailable, 503, "unavailable")]
    [InlineData(StatusCode.DataLoss, 500, "data_loss")]
    [InlineData(StatusCode.Unauthenticated, 401, "unauthenticated")]
    [InlineData((StatusCode)77, 500, "unknown")]
    public async Task EveryStatus_HasItsCodeAndHttpStatus(StatusCode status, int httpStatus, string code)
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = (_, _) => throw new RpcException(new(status, "why: ä <\"%\">"));

        var message = await HelloServer.ReadErrorAsync(await hello.PostAsync(HelloServer.SayHello, "{}"), (HttpStatusCode)httpStatus, code);

        Assert.Equal("why: ä <\"%\">", message);
    }

    [Fact]
    public async Task OkThrownWithoutTheResponse_IsInternal()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = (_, _) => throw new RpcException(global::Grpc.Core.Status.DefaultSuccess);

        var message = await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, "{}"), HttpStatusCode.InternalServerError, "internal");

        Assert.Contains("status OK", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusWithoutText_IsACodeAlone()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = (_, context) =>
        {
            context.Status = new(StatusCode.Unavailable, "");
            return Task.FromResult(new HelloReply());
        };

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}");

        Assert.Equal("""{"code":"unavailable"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ErrorOfAProtoCall_IsJson_WithTrailersAndLeadingMetadata()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "leading", "l" } });
            throw new RpcException(new(StatusCode.NotFound, ""), new Metadata { { "cost", "237" } });
        };

        using var response = await hello.PostAsync(HelloServer.SayHello, [], HelloServer.Proto);

        Assert.Equal("237", Assert.Single(response.Headers.GetValues("trailer-cost")));
        Assert.Equal("l", Assert.Single(response.Headers.GetValues("leading")));
        await HelloServer.ReadErrorAsync(response, HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Details_ComeWithTypeBytesAndReadableForm()
    {
        await using var hello = await HelloServer.StartAsync();
        var retry = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)) };
        var status = new Google.Rpc.Status
        {
            Code = (int)StatusCode.Unavailable,
            Details = { Any.Pack(retry), new Any { TypeUrl = "type.googleapis.com/not.Known", Value = ByteString.CopyFrom(1, 2) } },
        };
        hello.Behavior.SayHello = (_, _) => throw new RpcException(
            new(StatusCode.Unavailable, "overloaded"), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}");
        var details = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("details").EnumerateArray().ToArray();

        Assert.Equal("google.rpc.RetryInfo", details[0].GetProperty("type").GetString());
        Assert.Equal(Convert.ToBase64String(retry.ToByteArray()).TrimEnd('='), details[0].GetProperty("value").GetString());
        Assert.Equal("30s", details[0].GetProperty("debug").GetProperty("retryDelay").GetString());
        Assert.Equal("""{"type":"not.Known","value":"AQI"}""", details[1].GetRawText());
        Assert.DoesNotContain(response.Headers, header => header.Key.Contains("details", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task DetailsThatAreNone_AreLeftOut()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = (_, _) => throw new RpcException(
            new(StatusCode.Aborted, "x"), new Metadata { { "grpc-status-details-bin", [255, 255, 255] } });

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}");

        Assert.Equal("""{"code":"aborted","message":"x"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ExceptionOfAHandler_IsUnknown_AndLogged()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Server.Logs.Expect(entry => entry.Exception?.Message == "secret");
        hello.Behavior.SayHello = (_, _) => throw new InvalidTimeZoneException("secret");

        var message = await HelloServer.ReadErrorAsync(await hello.PostAsync(HelloServer.SayHello, "{}"), HttpStatusCode.InternalServerError, "unknown");

        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.Contains(hello.Server.Logs.Entries, entry => entry.Level == LogLevel.Error && entry.Exception?.Message == "secret");
    }

    [Theory]
    [InlineData("", "line 1, byte 1")]
    [InlineData("{\"text\":\"a\",\n  x}", "line 2, byte 3")]
    [InlineData("{\"text\":\"a\"} {}", "line 1, byte 14")]
    [InlineData("[]", "no hello.Memory")]
    [InlineData("7", "no hello.Memory")]
    [InlineData("null", "no hello.Memory")]
    [InlineData("""{"number":"x"}""", "'number'")]
    [InlineData("""{"number":1e400}""", "'number'")]
    [InlineData("""{"inner":{"mood":"MOOD_NONE"}}""", "'inner.mood'")]
    [InlineData("""{"detail":{"@type":"type.googleapis.com/not.Known"}}""", "'detail.@type'")]
    [InlineData("""{"detail":{"@type":1}}""", "'detail.@type'")]
    [InlineData("""{"at":"yesterday"}""", "'at'")]
    [InlineData("""{"photo":"*"}""", "'photo'")]
    [InlineData("""{"text":"\ud800"}""", "byte 9")]
    [InlineData("""{"\udc00":1}""", "byte 2")]
    public async Task WrongJson_IsInvalidArgument_AndSaysWhere(string json, string expected)
    {
        await using var hello = await HelloServer.StartAsync();

        var message = await HelloServer.ReadErrorAsync(await hello.PostAsync(HelloServer.Remember, json), HttpStatusCode.BadRequest, "invalid_argument");

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonCutAnywhere_IsInvalidArgument()
    {
        await using var hello = await HelloServer.StartAsync();
        var whole = Encoding.UTF8.GetBytes("""{"text":"ä","number":"1","anything":[{"a":null}],"inner":{"mood":1}}""");
        for (var length = 0; length < whole.Length; length++)
        {
            await HelloServer.ReadErrorAsync(
                await hello.PostAsync(HelloServer.Remember, whole[..length], HelloServer.Json), HttpStatusCode.BadRequest, "invalid_argument");
        }
    }

    [Theory]
    [InlineData("{\"anything\":", "[", "]", "1", "}", 49)] // Two messages for a level, of which protobuf takes a hundred.
    [InlineData("{\"anything\":", "{\"a\":", "}", "1", "}", 33)] // Three.
    [InlineData("", "{\"inner\":", "}", "{}", "", 99)]
    [InlineData("{\"unknown\":", "[", "]", "1", "}", 99)]
    public async Task Nesting_IsBounded(string head, string open, string close, string middle, string tail, int fits)
    {
        await using var hello = await HelloServer.StartAsync();

        using var taken = await hello.PostAsync(HelloServer.Remember, Nest(fits));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        foreach (var depth in new[] { fits + 1, 99, 100, 101, 1_000_000 / open.Length }.Where(depth => depth > fits))
        {
            await HelloServer.ReadErrorAsync(await hello.PostAsync(HelloServer.Remember, Nest(depth)), HttpStatusCode.BadRequest, "invalid_argument");
        }

        await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.Remember, head + string.Concat(Enumerable.Repeat(open, 1_000_000 / open.Length))),
            HttpStatusCode.BadRequest,
            "invalid_argument");

        string Nest(int depth) =>
            head + string.Concat(Enumerable.Repeat(open, depth)) + middle + string.Concat(Enumerable.Repeat(close, depth)) + tail;
    }

    [Fact]
    public async Task WrongProto_IsRefused()
    {
        await using var hello = await HelloServer.StartAsync();

        await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, [0xff, 0xff], HelloServer.Proto), HttpStatusCode.BadRequest, "invalid_argument");
    }

    [Fact]
    public async Task ResponseThatHasNoJson_IsInternal()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.Remember = (_, _) => Task.FromResult(new Memory { Detail = new Any { TypeUrl = "type.googleapis.com/not.Known" } });

        var message = await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.Remember, "{}"), HttpStatusCode.InternalServerError, "internal");

        Assert.Contains("not.Known", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrailerThatHttpCannotCarry_IsInternal()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Server.Logs.Expect(entry => entry.Message.StartsWith("A trailer of", StringComparison.Ordinal));
        hello.Behavior.SayHello = (_, context) =>
        {
            context.ResponseTrailers.Add("good", "g");
            context.ResponseTrailers.Add(context.RequestHeaders.Get("from-a-peer")!);
            return Task.FromResult(new HelloReply());
        };
        using var connection = await RawConnection.OpenAsync(hello.Server.Address);

        await connection.SendAsync(Encoding.UTF8.GetBytes(
            $"POST {HelloServer.SayHello} HTTP/1.1\r\nHost: a\r\nFrom-A-Peer: ä\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"));
        var response = await connection.ReadResponseAsync();

        Assert.StartsWith("HTTP/1.1 500", response, StringComparison.Ordinal);
        Assert.Contains("\"internal\"", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/connect+json")]
    [InlineData("application/jsonx")]
    [InlineData("garbage")]
    public async Task OtherContentTypes_Are415_WithTheOnesItTakes(string type)
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}"u8.ToArray(), type);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/json, application/proto, application/grpc-web, application/grpc-web-text, application/grpc", string.Join(", ", response.Headers.GetValues("accept-post")));
        Assert.Contains("application/json or application/proto or application/grpc-web or", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamingMethod_Is415_WithTheReason()
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.PostAsync(HelloServer.SayHellos, "{}");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/grpc-web, application/grpc-web-text, application/grpc", string.Join(", ", response.Headers.GetValues("accept-post")));
        Assert.Contains("streams", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MethodWithoutProtobufMessages_Is415_WithTheReason()
    {
        var marshaller = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
        var definition = ServerServiceDefinition.CreateBuilder()
            .AddMethod(new Method<string, string>(MethodType.Unary, "text.Service", "Unary", marshaller, marshaller), (request, _) => Task.FromResult(request))
            .Build();
        await using var hello = await HelloServer.StartAsync(map: app => app.MapGrpcService(definition));

        using var response = await hello.PostAsync("/text.Service/Unary", "{}");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("not protobuf", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect-protocol-version", "2", "'2'")]
    [InlineData("connect-timeout-ms", "soon", "connect-timeout-ms")]
    [InlineData("connect-timeout-ms", "-1", "connect-timeout-ms")]
    [InlineData("connect-timeout-ms", "12345678901", "connect-timeout-ms")]
    public async Task WrongHeaders_AreInvalidArgument(string name, string value, string expected)
    {
        await using var hello = await HelloServer.StartAsync();

        var message = await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, "{}", (name, value)), HttpStatusCode.BadRequest, "invalid_argument");

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VersionOne_IsTaken()
    {
        await using var hello = await HelloServer.StartAsync();

        await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, "{}", ("connect-protocol-version", "1")));
    }
}
