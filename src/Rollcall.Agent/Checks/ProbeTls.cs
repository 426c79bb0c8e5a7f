using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Agent.Checks;

/// <summary>TLS as probes speak it.</summary>
internal static class ProbeTls
{
    /// <param name="skipVerify">Takes any certificate.</param>
    public static SslClientAuthenticationOptions Create(bool skipVerify)
    {
        var options = new SslClientAuthenticationOptions
        {
            // As in Consul, what the instance sends must be enough: fetching a missing certificate would also block the thread that others wait for.
            CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
        };
        if (skipVerify)
        {
#pragma warning disable CA5359 // The check asks for it by TLSSkipVerify: it proves that the instance answers, not who it is.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }
}
