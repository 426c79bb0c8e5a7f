namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Sends requests, and counts those that wait for a change. Thread-safe.</summary>
internal sealed class BlockingQueryCounter() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    private int _sent;

    public int Sent => Volatile.Read(ref _sent);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = base.SendAsync(request, cancellationToken);
        if (request.RequestUri!.Query.Contains("index=", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _sent);
        }

        return answer;
    }
}
