using System.IO.Enumeration;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rollcall.Agent.Checks;

namespace Rollcall.Agent.Http.Listening;

/// <summary>What a TLS listener shows its clients, and wants to see of them.</summary>
internal static class ServerTls
{
    // Client authentication, of RFC 5280 4.2.1.12.
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    // All are good ones, and Go lets nobody choose among them.
    private static readonly TlsCipherSuite[] s_ofTls13 = [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    /// <summary>Looks at the options alone, and at no file.</summary>
    /// <exception cref="ConsulAgentException">One is missing, or makes no sense.</exception>
    public static void Check(AgentTlsOptions tls)
    {
        if (tls.CertificateFile is null || tls.KeyFile is null)
        {
            throw new ConsulAgentException("HTTPS needs a certificate and its key: set Tls.CertificateFile and Tls.KeyFile (cert_file, key_file), or leave out HttpsPort (ports.https).");
        }

        if (tls is { VerifyIncoming: true, AuthorityFile: null, AuthorityDirectory: null })
        {
            throw new ConsulAgentException(
                "Clients' certificates are checked against an authority: set Tls.AuthorityFile (ca_file) or Tls.AuthorityDirectory (ca_path), or leave out Tls.VerifyIncoming (verify_incoming).");
        }

        _ = Versions(tls.MinVersion);
        _ = Suites(tls.CipherSuites);
    }

    /// <summary>Looks at the files that are named, where nothing needs them: with one that is none Consul does not start, either.</summary>
    /// <exception cref="ConsulAgentException">A file is missing or is not what it should be.</exception>
    public static void CheckFiles(AgentTlsOptions tls)
    {
        if (tls is { CertificateFile: { } certificate, KeyFile: { } key })
        {
            Certificate(certificate, key).Dispose();
        }

        _ = Authorities(tls);
    }

    /// <exception cref="ConsulAgentException">A file is missing or is not what it should be.</exception>
    public static SslServerAuthenticationOptions Load(AgentTlsOptions tls)
    {
        Check(tls);
        var authorities = Authorities(tls);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(Certificate(tls.CertificateFile!, tls.KeyFile!), Intermediates(tls.CertificateFile!), offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            EnabledSslProtocols = Versions(tls.MinVersion),
            CipherSuitesPolicy = Suites(tls.CipherSuites),
            ClientCertificateRequired = tls.VerifyIncoming,

            // A client's certificate does not make the agent fetch anything.
            CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
        };
        if (tls.VerifyIncoming)
        {
            options.RemoteCertificateValidationCallback = (_, shown, sent, _) => shown is not null && IsIssuedBy(authorities, shown, sent);
        }

        return options;
    }

    /// <summary>How checks come to instances where they do it as the agent; null: they don't.</summary>
    /// <param name="tls">The options.</param>
    /// <param name="nodeName">Whom an instance's certificate has to be for where the options don't say it.</param>
    /// <exception cref="ConsulAgentException">A file is missing or is not what it should be.</exception>
    public static CheckTls? ForChecks(AgentTlsOptions tls, string nodeName)
    {
        if (!tls.UseForChecks)
        {
            return null;
        }

        var shown = tls is { CertificateFile: { } certificate, KeyFile: { } key }
            ? SslStreamCertificateContext.Create(Certificate(certificate, key), Intermediates(certificate), offline: true)
            : null;
        return new CheckTls(tls.CheckServerName ?? nodeName, shown, Authorities(tls), Versions(tls.MinVersion), Suites(tls.CipherSuites));
    }

#pragma warning disable CA5398 // Who asks for a version gets that one and newer ones; who does not, what the system has.
    private static SslProtocols Versions(SslProtocols oldest) => oldest switch
    {
        SslProtocols.None => SslProtocols.None,
        SslProtocols.Tls12 => SslProtocols.Tls12 | SslProtocols.Tls13,
        SslProtocols.Tls13 => SslProtocols.Tls13,
        _ => throw new ConsulAgentException($"Tls.MinVersion {oldest} is not supported: set it to Tls12 or Tls13, or leave it out for what the system allows."),
    };
#pragma warning restore CA5398

    private static CipherSuitesPolicy? Suites(IReadOnlyList<TlsCipherSuite> suites) =>
        suites.Count == 0 ? null
        : OperatingSystem.IsWindows() ? throw new ConsulAgentException("Windows itself says which cipher suites there are: leave out Tls.CipherSuites (tls_cipher_suites).")
        : new CipherSuitesPolicy([.. s_ofTls13, .. suites]);

    private static X509Certificate2 Certificate(string file, string keyFile) =>
        Read($"{file} (cert_file) and {keyFile} (key_file)", () => X509Certificate2.CreateFromPemFile(file, keyFile));

    private static X509Certificate2Collection Authorities(AgentTlsOptions tls)
    {
        var all = new X509Certificate2Collection();
        if (tls.AuthorityFile is { } only)
        {
            Read($"{only} (ca_file)", () => Import(all, only));
        }
        else if (tls.AuthorityDirectory is { } directory)
        {
            foreach (var file in Read($"{directory} (ca_path)", () => FilesOf(directory)))
            {
                Read($"{file} (ca_path)", () => Import(all, file));
            }
        }

        return all;
    }

    private static int Import(X509Certificate2Collection all, string file)
    {
        var before = all.Count;
        all.ImportFromPemFile(file);
        return all.Count > before ? all.Count : throw new CryptographicException("there is no certificate in it");
    }

    /// <summary>Also those of directories below it, but not what links to directories lead to. As in Consul, a file is the one that there is.</summary>
    private static string[] FilesOf(string directory)
    {
        if (File.Exists(directory))
        {
            return [directory];
        }

        var files = new FileSystemEnumerable<string>(
            directory,
            static (ref FileSystemEntry entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        var found = files.Order(StringComparer.Ordinal).ToArray();
        return found.Length > 0 ? found : throw new CryptographicException("there is no certificate in it");
    }

    // What follows the certificate in its file is sent along.
    private static X509Certificate2Collection Intermediates(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return [.. all.Skip(1)];
    }

    private static bool IsIssuedBy(X509Certificate2Collection authorities, X509Certificate shown, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;

        // Of a certificate that is for certain uses, this has to be one: that of a server is nobody's to come as a client with. One that names none is for any.
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientUsage));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using var copy = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return chain.Build(copy);
    }

    private static T Read<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ConsulAgentException($"{what} can't be used: {fault.Message}", fault);
        }
    }
}
