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
        MaxResponseHeadersLength = 1024, // in KB; Consul takes ten times as much
        ActivityHeadersPropagator = null,
        SslOptions = ProbeTls.Create(skipVerify),
    };
}
