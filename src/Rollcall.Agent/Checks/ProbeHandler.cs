using System.Text;

namespace Rollcall.Agent.Checks;

/// <summary>The HTTP stack that probes share.</summary>
internal static class ProbeHandler
{
    public static SocketsHttpHandler Create(bool skipVerify) => new()
    {
        // A probe must find out whether new connections are accepted, so none is used twice; nor may a proxy answer for the instance.
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
#pragma warning disable CA2262 // They are meant as KB; Consul takes ten times as much.
        MaxResponseHeadersLength = 1024,
#pragma warning restore CA2262
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        SslOptions = ProbeTls.Create(skipVerify),
    };
}
