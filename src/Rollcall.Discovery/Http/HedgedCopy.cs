using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>One of the copies of a hedged request. Ends by itself, or is given up.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="request">The caller's request.</param>
/// <param name="message">What is sent in its place; owned.</param>
internal sealed class HedgedCopy(HttpCallSettings settings, HttpRequestMessage request, HttpRequestMessage message)
    : Exchange(settings, message), IDisposable
{
    private bool _kept;

    /// <summary>Completes, without an error, when there is a response or an error.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public HttpResponseMessage? Response { get; private set; }

    public Exception? Error { get; private set; }

    protected override HttpRequestMessage Request => request;

    public void Start(ServiceEntry service, Uri uri, RequestDeadline deadline) => Ended = SendAsync(service, uri, deadline);

    /// <summary>The response is the caller's.</summary>
    public HttpResponseMessage Keep(ServiceEntry service)
    {
        _kept = true;
        Response!.RequestMessage = request;
        Accept(Response, service);
        return Response;
    }

    /// <summary>Gives it up, if it was not kept: cancels it, and disposes of a response that comes nevertheless.</summary>
    public void Dispose()
    {
        if (_kept)
        {
            return;
        }

        Cancel();
        _ = Ended.ContinueWith(
            static (_, self) => ((HedgedCopy)self!).Clean(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Clean()
    {
        Response?.Dispose();
        Message.Dispose();
    }

    private async Task SendAsync(ServiceEntry service, Uri uri, RequestDeadline deadline)
    {
        try
        {
            Response = await SendAsync(service, uri, deadline.Limit(this)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the loop of the call looks at it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Error = e;
        }
    }
}
