using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Agent.Checks;

/// <summary>What probes show to instances, and what they want to see of them, where they come as the agent itself. Immutable.</summary>
/// <param name="name">Whom an instance's certificate has to be for, whatever the check calls it.</param>
/// <param name="shown">The certificate for who asks for one; null: none.</param>
/// <param name="authorities">Who has to have issued the instance's; none: those of the system.</param>
/// <param name="versions">What may be agreed on.</param>
/// <param name="suites">The same; null: what the system allows.</param>
internal sealed class CheckTls(
    string name, SslStreamCertificateContext? shown, X509Certificate2Collection authorities, SslProtocols versions, CipherSuitesPolicy? suites)
{
    public string Name => name;

    /// <param name="skipVerify">Takes any certificate.</param>
    public SslClientAuthenticationOptions Create(bool skipVerify)
    {
        var options = ProbeTls.Create(skipVerify);
        options.TargetHost = name;
        options.ClientCertificateContext = shown;
        options.EnabledSslProtocols = versions;
        options.CipherSuitesPolicy = suites;
        if (authorities.Count > 0)
        {
            options.CertificateChainPolicy!.TrustMode = X509ChainTrustMode.CustomRootTrust;
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return options;
    }
}
