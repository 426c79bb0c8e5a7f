using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Agent.Checks;

/// <summary>TLS as probes speak it.</summary>
internal static class ProbeTls
{
    /// <param name="skipVerify">Takes any certificate.</param>
    public static SslClientAuthenticationOptions Create(bool skipVerify) => new()
    {
        // As in Consul, what the instance sends must be enough: fetching a missing certificate would also block the thread that others wait for.
        CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },

#pragma warning disable CA5359 // The check asks for it by TLSSkipVerify: it proves that the instance answers, not who it is.
        RemoteCertificateValidationCallback = skipVerify ? static (_, _, _, _) => true : Verify,
#pragma warning restore CA5359
    };

    /// <exception cref="AuthenticationException">It is not to be trusted: why, in Consul's words and order.</exception>
    private static bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors == SslPolicyErrors.None;
        }

        var isOutOfTime = chain.ChainElements.FirstOrDefault()?.ChainElementStatus.Any(static status => status.Status == X509ChainStatusFlags.NotTimeValid) ?? false;
        throw new AuthenticationException(
            isOutOfTime ? "x509: certificate has expired or is not yet valid"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? NameFault(leaf, ((SslStream)sender).TargetHostName)
            : "x509: certificate signed by unknown authority");
    }

    private static string NameFault(X509Certificate2 certificate, string host)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        var isAddress = IPAddress.TryParse(host, out _);
        string[] valid = names is null ? [] : isAddress ? [.. names.EnumerateIPAddresses().Select(static address => address.ToString())] : [.. names.EnumerateDnsNames()];
        return valid.Length > 0 ? $"x509: certificate is valid for {string.Join(", ", valid)}, not {host}"
            : isAddress ? $"x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
            : $"x509: certificate is not valid for any names, but wanted to match {host}";
    }
}
