namespace Rollcall.Interop.Tests.Peers;

/// <summary>Sends by this version of HTTP and no other.</summary>
internal sealed class VersionHandler(Version version) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Version = version;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return base.SendAsync(request, cancellationToken);
    }
}
