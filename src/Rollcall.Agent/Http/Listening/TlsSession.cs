using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Rollcall.Agent.Http.Listening;

/// <summary>What both sides have agreed on. By it Kestrel knows that a request is <c>https</c>, and that the client chose HTTP/2.</summary>
internal sealed class TlsSession(SslStream stream) : ITlsConnectionFeature, ITlsApplicationProtocolFeature, ITlsHandshakeFeature
{
    public ReadOnlyMemory<byte> ApplicationProtocol => stream.NegotiatedApplicationProtocol.Protocol;

    public SslProtocols Protocol => stream.SslProtocol;

    public X509Certificate2? ClientCertificate
    {
        get => stream.RemoteCertificate as X509Certificate2;
        set => throw new NotSupportedException("The client's certificate is what the client has shown.");
    }

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

#pragma warning disable SYSLIB0058 // Older names of what the cipher suite says, which the interface still asks for.
    CipherAlgorithmType ITlsHandshakeFeature.CipherAlgorithm => stream.CipherAlgorithm;

    int ITlsHandshakeFeature.CipherStrength => stream.CipherStrength;

    HashAlgorithmType ITlsHandshakeFeature.HashAlgorithm => stream.HashAlgorithm;

    int ITlsHandshakeFeature.HashStrength => stream.HashStrength;

    ExchangeAlgorithmType ITlsHandshakeFeature.KeyExchangeAlgorithm => stream.KeyExchangeAlgorithm;

    int ITlsHandshakeFeature.KeyExchangeStrength => stream.KeyExchangeStrength;
#pragma warning restore SYSLIB0058
}
