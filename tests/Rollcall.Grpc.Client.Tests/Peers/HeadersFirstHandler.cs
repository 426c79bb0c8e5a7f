using System.IO.Pipelines;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>
/// Answers a stream before it asks for the body of the request, which it then sends back. So may a handler do that is not .NET's own.
/// </summary>
/// <param name="refusal">The first request is refused at this time, after its body was asked for. Null: it is answered as all others are.</param>
internal sealed class HeadersFirstHandler(Task? refusal = null) : HttpMessageHandler
{
    private readonly TaskCompletionSource _bodyWanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _refusal = refusal;

    /// <summary>Asks for the body of the request that was answered.</summary>
    public void ReadBody() => _bodyWanted.SetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _refusal, null) is { } refused)
        {
            using var given = new CancellationTokenSource();
            var sending = request.Content!.CopyToAsync(Stream.Null, given.Token);
            await refused.WithinAsync();
            await given.CancelAsync();
            await sending.WithinAsync();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Refused.");
        }

        var body = new Pipe();
        var response = new HttpResponseMessage { Version = request.Version, Content = new StreamContent(body.Reader.AsStream()) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        response.TrailingHeaders.TryAddWithoutValidation("grpc-status", "0");
        _ = EchoAsync(request.Content!, body.Writer, cancellationToken);
        return response;
    }

    private async Task EchoAsync(HttpContent request, PipeWriter output, CancellationToken cancellationToken)
    {
        try
        {
            await _bodyWanted.Task.WithinAsync();
            await request.CopyToAsync(output.AsStream(leaveOpen: true), cancellationToken);
            await output.CompleteAsync();
        }
        catch (Exception e)
        {
            await output.CompleteAsync(e);
        }
    }
}
