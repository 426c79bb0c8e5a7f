using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>What a client certificate says of the caller, under the names that gRPC uses.</summary>
internal static class CertificateAuthContext
{
    private const string CommonName = "x509_common_name";
    private const string SubjectAlternativeName = "x509_subject_alternative_name";

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

        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames())
            .Select(name => Create(SubjectAlternativeName, name)).ToList();
        if (alternatives.Count > 0)
        {
            properties[SubjectAlternativeName] = alternatives;
            identity = SubjectAlternativeName;
        }

        return new AuthContext(identity, properties);
    }

    private static AuthProperty Create(string name, string value) => AuthProperty.Create(name, Encoding.UTF8.GetBytes(value));
}
