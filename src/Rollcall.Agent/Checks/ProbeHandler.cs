using System.Net.Security;

namespace Rollcall.Agent.Checks;

/// <summary>The HTTP stack that probes share.</summary>
internal static class ProbeHandler
{
    public static SocketsHttpHandler Create(bool skipVerify, int maxRedirects)
    {
        var handler = new SocketsHttpHandler
        {
            // A probe must find out whether new connections are accepted, so none is used twice; nor may a proxy answer for the instance.
            PooledConnectionLifetime = TimeSpan.Zero,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = maxRedirects > 0,
            ActivityHeadersPropagator = null,
        };
        if (maxRedirects > 0)
        {
            handler.MaxAutomaticRedirections = maxRedirects;
        }

        if (skipVerify)
        {
#pragma warning disable CA5359 // The check asks for it by TLSSkipVerify: it proves that the instance answers, not who it is.
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            };
#pragma warning restore CA5359
        }

        return handler;
    }
}
