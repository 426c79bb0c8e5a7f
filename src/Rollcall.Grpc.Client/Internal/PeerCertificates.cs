using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Judges servers' certificates as .NET does, and says what would help where one is refused.</summary>
internal static class PeerCertificates
{
    private const X509ChainStatusFlags Unknown = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <param name="host">What the certificate has to be for.</param>
    /// <param name="certificate">The server's own; null: it sent none.</param>
    /// <param name="chain">From it to a root, as far as it was found.</param>
    /// <param name="errors">What is wrong with them.</param>
    /// <param name="verify">The user's say; null: none.</param>
    /// <exception cref="PeerCertificateException">It is refused.</exception>
    public static bool Verify(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, VerifyPeerCallback? verify)
    {
        var peer = certificate as X509Certificate2;
        if (errors != SslPolicyErrors.None || peer is null)
        {
            var problems = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
            throw new PeerCertificateException(Explain(host, peer, problems, errors), errors, problems);
        }

        return verify is null || verify(new VerifyPeerContext(host, peer.ExportCertificatePem()))
            ? true
            : throw new PeerCertificateException("the VerifyPeerCallback of the channel's SslCredentials refused the server's certificate", SslPolicyErrors.None, X509ChainStatusFlags.NoError);
    }

    private static string Explain(string host, X509Certificate2? certificate, X509ChainStatusFlags problems, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "the server sent no certificate";
        }

        if (problems.HasFlag(X509ChainStatusFlags.NotTimeValid) && !IsValidNow(certificate))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the server's certificate is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u} only");
        }

        if ((problems & Unknown) != 0)
        {
            return $"the server's certificate is not signed by an authority that is known here ({problems}): new SslCredentials(roots) takes the roots to trust";
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"the server's certificate is not for {host} but for {Names(certificate)}: GrpcChannelOptions.Authority names the one to expect"
            : $"the server's certificate is not valid ({problems})";
    }

    private static bool IsValidNow(X509Certificate2 certificate)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(ip => ip.ToString())));
        return string.Join(", ", names.DefaultIfEmpty(certificate.Subject).Take(5).Select(PeerText.Shorten));
    }
}
