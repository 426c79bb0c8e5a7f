using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>What a client certificate says of the caller, under the names that gRPC uses.</summary>
internal static class CertificateAuthContext
{
    private const string CommonName = "x509_common_name";
    private const string SubjectAlternativeName = "x509_subject_alternative_name";
    private const string SubjectAlternativeNameOid = "2.5.29.17";

    public static AuthContext Create(X509Certificate2? certificate)
    {
        var properties = new Dictionary<string, List<AuthProperty>>(StringComparer.Ordinal);
        if (certificate is null)
        {
            return new AuthContext(null, properties);
        }

        string? identity = null;
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } commonName)
        {
            properties[CommonName] = [Create(CommonName, commonName)];
            identity = CommonName;
        }

        var alternatives = ReadAlternativeNames(certificate);
        if (alternatives.Count > 0)
        {
            properties[SubjectAlternativeName] = alternatives.ConvertAll(name => Create(SubjectAlternativeName, name));
            identity = SubjectAlternativeName;
        }

        return new AuthContext(identity, properties);
    }

    /// <summary>Mail addresses, DNS names, URIs (such as SPIFFE ids) and IP addresses, in the certificate's order.</summary>
    private static List<string> ReadAlternativeNames(X509Certificate2 certificate)
    {
        List<string> names = [];
        try
        {
            foreach (var extension in certificate.Extensions.Where(static extension => extension.Oid?.Value == SubjectAlternativeNameOid))
            {
                var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (reader.HasData)
                {
                    if (ReadName(reader) is { Length: > 0 } name)
                    {
                        names.Add(name);
                    }
                }
            }
        }
        catch (AsnContentException)
        {
            // Half an identity is none.
            return [];
        }

        return names;
    }

    // GeneralName of RFC 5280 4.2.1.6.
    private static string? ReadName(AsnReader reader)
    {
        var tag = reader.PeekTag();
        switch (tag.TagValue)
        {
            case 1 or 2 or 6:
                return reader.ReadCharacterString(UniversalTagNumber.IA5String, tag);
            case 7:
                var bytes = reader.ReadOctetString(tag);
                return bytes.Length is 4 or 16 ? new IPAddress(bytes).ToString() : null;
            default:
                reader.ReadEncodedValue();
                return null;
        }
    }

    private static AuthProperty Create(string name, string value) => AuthProperty.Create(name, Encoding.UTF8.GetBytes(value));
}
