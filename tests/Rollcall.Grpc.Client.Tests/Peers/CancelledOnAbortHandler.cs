namespace Rollcall.Grpc.Client.Tests;

/// <summary>Answers with status Cancelled as soon as the caller gives the request up, and not before.</summary>
internal sealed class CancelledOnAbortHandler : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), aborted);
        await aborted.Task;
        var response = new HttpResponseMessage { Version = request.Version, Content = new ByteArrayContent([]) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        response.Headers.TryAddWithoutValidation("grpc-status", "1");
        return response;
    }
}
