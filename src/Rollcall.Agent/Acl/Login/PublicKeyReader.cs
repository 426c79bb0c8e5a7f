using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Reads public keys and certificates in PEM.</summary>
internal static class PublicKeyReader
{
    /// <summary>The first key of a text; null: there is none of RSA or ECDSA.</summary>
    /// <param name="pem">Keys or certificates.</param>
    /// <param name="certificatesOnly">Whether bare keys are passed over.</param>
    public static AsymmetricAlgorithm? Read(string pem, bool certificatesOnly = false)
    {
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label];
            var data = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            var key = label is "CERTIFICATE" ? OfCertificate(data) : label is "PUBLIC KEY" && !certificatesOnly ? OfInfo(data) : null;
            if (key is not null)
            {
                return key;
            }

            rest = rest[fields.Location.End..];
        }

        return null;
    }

    private static AsymmetricAlgorithm? OfInfo(byte[] info) => Import(RSA.Create(), info) ?? (AsymmetricAlgorithm?)Import(ECDsa.Create(), info);

    private static AsymmetricAlgorithm? OfCertificate(byte[] data)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(data);
            return certificate.GetRSAPublicKey() ?? (AsymmetricAlgorithm?)certificate.GetECDsaPublicKey();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static T? Import<T>(T key, byte[] info)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportSubjectPublicKeyInfo(info, out _);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
