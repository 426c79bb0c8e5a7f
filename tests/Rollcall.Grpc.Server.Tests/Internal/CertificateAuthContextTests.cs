using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Grpc.Server.Tests;

public sealed class CertificateAuthContextTests
{
    [Theory]
    [InlineData(new byte[] { 0x30, 0x05, 0x82, 0x7f, 0x61 })] // a name longer than the extension
    [InlineData(new byte[] { 0x30, 0x03, 0x82, 0x01, 0xff })] // a name that is not ASCII
    [InlineData(new byte[] { 0x04, 0x00 })] // no list
    [InlineData(new byte[] { 0x30, 0x05, 0x87, 0x03, 1, 2, 3 })] // an address of three bytes
    public void MalformedAlternativeNames_AreNoIdentity(byte[] extension)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=plain", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", extension, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now, now.AddHours(1));

        var context = CertificateAuthContext.Create(certificate);

        Assert.Equal("x509_common_name", context.PeerIdentityPropertyName);
        Assert.Equal("plain", Assert.Single(context.Properties).Value);
    }
}
