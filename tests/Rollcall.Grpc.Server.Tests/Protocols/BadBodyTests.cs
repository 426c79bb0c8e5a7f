using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Bodies that HTTP itself refuses while they are read.</summary>
public sealed class BadBodyTests
{
    private const string Route = "/v1/books";

    [Theory]
    [InlineData(RawCaller.Unary, "\"invalid_argument\"")]
    [InlineData(Route, "\"code\":3")]
    public async Task ChunkThatIsNone_IsTheCallersFault(string path, string code)
    {
        await using var library = await StartAsync();
        using var connection = await RawConnection.OpenAsync(library.Server.Address);

        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n");
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains(code, answer, StringComparison.Ordinal);
        Assert.Contains("chunk size", answer, StringComparison.Ordinal);
    }

    // As HTTP answers it, and as the codes of calls say it.
    [Theory]
    [InlineData(RawCaller.Unary, 400, 400, "\"invalid_argument\"")]
    [InlineData(RawCaller.Unary, 408, 499, "\"canceled\"")]
    [InlineData(RawCaller.Unary, 413, 429, "\"resource_exhausted\"")]
    [InlineData(Route, 400, 400, "\"code\":3")]
    [InlineData(Route, 408, 499, "\"code\":1")]
    [InlineData(Route, 413, 429, "\"code\":8")]
    public async Task CallerOfJson_IsToldThatTheBodyIsAtFault(string path, int thrown, int status, string code)
    {
        await using var library = await StartAsync(thrown);

        using var response = await library.SendAsync("POST", path, "{}");
        var text = await response.Content.ReadAsStringAsync().WithinAsync();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(code, text, StringComparison.Ordinal);
        Assert.Contains("refused by HTTP", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "13")]
    [InlineData(408, "13")]
    [InlineData(413, "8")]
    public async Task CallerOfGrpc_IsToldAsEver(int thrown, string code)
    {
        await using var library = await StartAsync(thrown);

        var grpc = await library.Server.Caller.CallAsync(RawCaller.Unary, []);
        var web = await library.Caller.CallAsync(RawCaller.Unary, [], WebCaller.Binary);

        Assert.Equal(code, grpc.GrpcStatus);
        Assert.Equal(code, web.Trailers()["grpc-status"]);
    }

    private static Task<LibraryServer> StartAsync(int? thrown = null) => LibraryServer.StartAsync(map: app =>
    {
        if (thrown is { } status)
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Features.Set<IRequestBodyPipeFeature>(new ConvertedRequest(new RefusingReader(status)));
                return next(context);
            });
        }

        app.MapGrpcService<LibraryService>();
        app.MapGrpcService<EchoService>();
    });

    private sealed class RefusingReader(int status) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            throw new BadHttpRequestException("refused by HTTP", status);

        public override bool TryRead(out ReadResult result)
        {
            result = default;
            return false;
        }

        public override void AdvanceTo(SequencePosition consumed) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw new NotSupportedException();

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
