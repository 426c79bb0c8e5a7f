using System.Net.Security;
using System.Security.Authentication;

namespace Rollcall.Agent;

/// <summary>TLS of an agent's API. Files are PEM; they are read at the start and at a reload.</summary>
public sealed class AgentTlsOptions
{
    /// <summary>The certificate that clients see, with those that lead to its authority after it.</summary>
    /// <value>Default null. Needed for HTTPS.</value>
    public string? CertificateFile { get; set; }

    /// <summary>Its private key, not encrypted.</summary>
    /// <value>Default null. Needed for HTTPS.</value>
    public string? KeyFile { get; set; }

    /// <summary>Certificates of the authorities that issue those of clients.</summary>
    /// <value>Default null. This or <see cref="AuthorityDirectory"/> is needed for <see cref="VerifyIncoming"/>.</value>
    public string? AuthorityFile { get; set; }

    /// <summary>The same in all files of a directory and of those below it, where <see cref="AuthorityFile"/> is null.</summary>
    /// <value>Default null.</value>
    public string? AuthorityDirectory { get; set; }

    /// <summary>Whether clients have to show a certificate that one of the authorities issued.</summary>
    /// <value>Default false.</value>
    public bool VerifyIncoming { get; set; }

    /// <summary>
    /// Whether checks by HTTPS, and those by gRPC and HTTP/2 over TLS, show this certificate to who asks for one, and trust these authorities alone instead of the system's.
    /// The certificate of what they ask then has to be for <see cref="CheckServerName"/>, unless the check skips that. Their files are read at the start only.
    /// </summary>
    /// <value>Default false.</value>
    public bool UseForChecks { get; set; }

    /// <summary>The name that the certificates of instances have to be for with <see cref="UseForChecks"/>, whatever host a check names.</summary>
    /// <value>Default null: the agent's node name, as in Consul.</value>
    public string? CheckServerName { get; set; }

    /// <summary>The oldest version of TLS that is spoken: <c>Tls12</c> or <c>Tls13</c>.</summary>
    /// <value>Default <see cref="SslProtocols.None"/>: what the system allows.</value>
    public SslProtocols MinVersion { get; set; }

    /// <summary>The cipher suites that may be agreed on by TLS 1.2 and older, the preferred ones first. Those of TLS 1.3 are not up to it. Not on Windows.</summary>
    /// <value>Default: none, which is what the system allows.</value>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; set; } = [];
}
