using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Grpc.Client;

/// <summary>
/// A server's certificate was not accepted by a channel's own handler. It is the cause, somewhere below, of <c>Status.DebugException</c> of a call that found no
/// other instance; its message says what would help.
/// </summary>
public sealed class PeerCertificateException : AuthenticationException
{
    internal PeerCertificateException(string message, SslPolicyErrors errors, X509ChainStatusFlags chainStatus)
        : base(message)
    {
        PolicyErrors = errors;
        ChainStatus = chainStatus;
    }

    /// <summary>What .NET holds against the certificate; none: a <c>VerifyPeerCallback</c> refused it.</summary>
    public SslPolicyErrors PolicyErrors { get; }

    /// <summary>What is wrong with the chain from the certificate to a root, all of it.</summary>
    public X509ChainStatusFlags ChainStatus { get; }
}
