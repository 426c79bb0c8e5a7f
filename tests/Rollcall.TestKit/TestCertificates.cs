using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.TestKit;

/// <summary>An authority made for one test, and certificates issued by it. Dispose it with the test.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    /// <summary>Makes the authority.</summary>
    public TestCertificates()
    {
        var request = new CertificateRequest("CN=Rollcall test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, To);
    }

    /// <summary>The authority's certificate, as a file's content.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    private static DateTimeOffset From => TimeProvider.System.GetUtcNow().AddHours(-1);

    private static DateTimeOffset To => TimeProvider.System.GetUtcNow().AddHours(1);

    /// <summary>Issues a certificate with its key.</summary>
    /// <param name="name">A DNS name, or an address.</param>
    /// <param name="usages">What it may be used for (RFC 5280 4.2.1.12); none: for anything.</param>
    public X509Certificate2 Issue(string name, params string[] usages) => Issue(name, usages, names =>
    {
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }
    });

    /// <summary>Issues a certificate with its key.</summary>
    /// <param name="commonName">The subject.</param>
    /// <param name="addNames">Adds its alternative names.</param>
    public X509Certificate2 Issue(string commonName, Action<SubjectAlternativeNameBuilder> addNames) => Issue(commonName, [], addNames);

    private X509Certificate2 Issue(string commonName, string[] usages, Action<SubjectAlternativeNameBuilder> addNames) =>
        Issue(_authority, commonName, usages, addNames);

    private static X509Certificate2 Issue(X509Certificate2 authority, string commonName, string[] usages, Action<SubjectAlternativeNameBuilder> addNames)
    {
        ArgumentNullException.ThrowIfNull(addNames);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        addNames(names);
        request.CertificateExtensions.Add(names.Build());
        if (usages.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(static usage => new Oid(usage))], critical: false));
        }

        using var issued = request.Create(authority, From.AddMinutes(2), To.AddMinutes(-2), RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    /// <summary>Issues a certificate with its key by another authority, which this one has issued.</summary>
    /// <param name="name">A DNS name.</param>
    /// <param name="intermediatePem">The other authority's certificate, as a file's content.</param>
    public X509Certificate2 IssueBelowAnother(string name, out string intermediatePem)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Rollcall test authority below", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var bare = request.Create(_authority, From.AddMinutes(1), To.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
        using var intermediate = bare.CopyWithPrivateKey(key);
        intermediatePem = intermediate.ExportCertificatePem();
        return Issue(intermediate, name, [], names => names.AddDnsName(name));
    }

    /// <summary>Whether the authority has issued a certificate that is valid now.</summary>
    public bool HasIssued(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        return chain.Build(certificate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }
}
