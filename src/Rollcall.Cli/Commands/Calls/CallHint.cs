using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Rollcall.Errors;
using Rollcall.Grpc.Client;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Which of the command's options would help a call that got no connection: the status speaks to those who write the caller's code.</summary>
internal static class CallHint
{
    private const X509ChainStatusFlags UnknownAuthority = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <param name="status">How the call ended.</param>
    /// <param name="target">What was called.</param>
    /// <returns>Null: none would.</returns>
    public static string? Of(Status status, CallTarget target)
    {
        if (status.StatusCode != StatusCode.Unavailable || status.DebugException is not { } error)
        {
            return null;
        }

        if (Causes.Find<PeerCertificateException>(error) is { } refused)
        {
            return OfCertificate(refused);
        }

        return Causes.Find<HttpRequestException>(error)?.HttpRequestError switch
        {
            null or HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => null,
            HttpRequestError.SecureConnectionError => "for a server without TLS write http://, or leave the options about TLS out.",
            _ when target.IsTls => "--cert FILE and --key FILE show a certificate of your own to a server that asks for one.",
            _ => "for a server that speaks TLS add --tls, or write https://.",
        };
    }

    private static string? OfCertificate(PeerCertificateException refused) =>
        (refused.ChainStatus & UnknownAuthority) != 0
            ? refused.ChainStatus.HasFlag(X509ChainStatusFlags.NotTimeValid) ? null : "--cacert FILE takes the authorities to trust (PEM)."
            : refused.PolicyErrors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "--authority NAME says which name the certificate has to carry."
            : null;
}
