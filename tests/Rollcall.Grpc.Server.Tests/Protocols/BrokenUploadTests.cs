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

    private static readonly (string Path, string ContentType, byte[] Part)[] s_uploads =
    [
        (RawCaller.Unary, "application/json", "{\"text\""u8.ToArray()),
        (Route, "application/json", "{\"name\""u8.ToArray()),
        (RawCaller.Unary, "application/grpc-web", [0, 0, 0, 0, 90, 10, 88]),
        (RawCaller.ClientStream, "application/grpc-web", [0, 0, 0, 0, 90, 10, 88]),
        (RawCaller.ClientStream, "application/grpc-web", RawCaller.Frame(new EchoRequest { Text = "whole" })),
        (RawCaller.ClientStream, "application/grpc-web", [.. RawCaller.Frame(new EchoRequest { Text = "whole" }), 0, 0]),
        (RawCaller.Unary, "application/grpc-web-text", "AAAAA"u8.ToArray()),
        (RawCaller.Unary, "application/json", []),
        (RawCaller.ClientStream, "application/grpc-web", []),
    ];

    public static TheoryData<string, string, byte[], bool> Uploads
    {
        get
        {
            var all = new TheoryData<string, string, byte[], bool>();
            foreach (var (path, contentType, part) in s_uploads)
            {
                all.Add(path, contentType, part, false);
                all.Add(path, contentType, part, true);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Uploads))]
    public Task BodyOfALength_IsNoWarning(string path, string contentType, byte[] part, bool isReset) =>
        AssertNoWarningAsync(path, contentType, "content-length: 100", part, isReset);

    [Theory]
    [MemberData(nameof(Uploads))]
    public Task BodyInChunks_IsNoWarning(string path, string contentType, byte[] part, bool isReset) =>
        AssertNoWarningAsync(
            path,
            contentType,
            "transfer-encoding: chunked",
            part.Length == 0 ? part : [.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8],
            isReset);

    private static async Task AssertNoWarningAsync(string path, string contentType, string length, byte[] part, bool isReset)
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var library = await LibraryServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Features.Set<IRequestBodyPipeFeature>(
                    new ConvertedRequest(new NotingReader(context.Request.BodyReader, () => waits.TrySetResult())));
                return next(context);
            });
            app.MapGrpcService<LibraryService>();
            app.MapGrpcService<EchoService>();
        });
        using var connection = await RawConnection.OpenAsync(library.Server.Address);
        var head = $"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {contentType}\r\n{length}\r\n\r\n";

        await connection.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. part]);
        await waits.Task.WithinAsync();
        if (isReset)
        {
            connection.Abort();
        }
        else
        {
            connection.EndSending();
            await connection.ReadToEndAsync();
        }

        await library.Server.StopAsync();

        Assert.DoesNotContain(library.Server.Logs.Entries, entry => entry.Level >= LogLevel.Warning && entry.Exception is not null);
    }
}
