using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Callers by HTTP/1.1 that break their upload off: nothing of that is the server's to warn of.</summary>
public sealed class BrokenUploadTests
{
    private const string Route = "/v1/books";

    public static TheoryData<string, string, byte[]> Uploads => new()
    {
        { RawCaller.Unary, "application/json", "{\"text\""u8.ToArray() },
        { Route, "application/json", "{\"name\""u8.ToArray() },
        { RawCaller.Unary, "application/grpc-web", [0, 0, 0, 0, 90, 10, 88] },
        { RawCaller.ClientStream, "application/grpc-web", [0, 0, 0, 0, 90, 10, 88] },
        { RawCaller.ClientStream, "application/grpc-web", RawCaller.Frame(new EchoRequest { Text = "whole" }) },
        { RawCaller.ClientStream, "application/grpc-web", [.. RawCaller.Frame(new EchoRequest { Text = "whole" }), 0, 0] },
        { RawCaller.Unary, "application/grpc-web-text", "AAAAA"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(Uploads))]
    public Task BodyOfALength_IsNoWarning(string path, string contentType, byte[] part) =>
        AssertNoWarningAsync(path, contentType, "content-length: 100", part);

    [Theory]
    [MemberData(nameof(Uploads))]
    public Task BodyInChunks_IsNoWarning(string path, string contentType, byte[] part) =>
        AssertNoWarningAsync(path, contentType, "transfer-encoding: chunked", [.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8]);

    private static async Task AssertNoWarningAsync(string path, string contentType, string length, byte[] part)
    {
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Features.Set<IRequestBodyPipeFeature>(
                    new ConvertedRequest(new NotingReader(context.Request.BodyReader, () => read.TrySetResult())));
                return next(context);
            });
            app.MapGrpcService<LibraryService>();
            app.MapGrpcService<EchoService>();
        });
        using var connection = await RawConnection.OpenAsync(library.Server.Address);
        var head = $"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {contentType}\r\n{length}\r\n\r\n";

        await connection.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. part]);
        await read.Task.WithinAsync();
        connection.EndSending();
        await connection.ReadToEndAsync();
        await library.Server.StopAsync();

        Assert.DoesNotContain(library.Server.Logs.Entries, entry => entry.Level >= LogLevel.Warning && entry.Exception is not null);
    }
}
