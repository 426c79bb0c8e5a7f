using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Rollcall.Grpc.Client;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>The options about TLS to the server that is called.</summary>
internal sealed class TlsOptions
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);

    private readonly Option<bool> _tls = new("--tls") { Description = "Call over TLS. Implied by https:// and by the options about certificates." };

    private readonly Option<string?> _roots = new("--cacert")
    {
        HelpName = "FILE",
        Description = "The authorities (PEM) that may have issued the server's certificate. Default: the system's.",
    };

    private readonly Option<string?> _certificate = new("--cert") { HelpName = "FILE", Description = "The client's certificate (PEM), with --key." };

    private readonly Option<string?> _key = new("--key") { HelpName = "FILE", Description = "The key (PEM) of --cert." };

    private readonly Option<string?> _authority = new("--authority")
    {
        HelpName = "NAME",
        Description = "What the server is called, and its certificate has to carry, whatever its address. For TLS to instances found by name.",
    };

    private readonly Option<bool> _skipVerify = new("--insecure-skip-verify")
    {
        Description = "Take any certificate of the server. For experiments: whoever is in between can read and change the call.",
    };

    public TlsOptions(Command command)
    {
        command.Options.Add(_tls);
        command.Options.Add(_roots);
        command.Options.Add(_certificate);
        command.Options.Add(_key);
        command.Options.Add(_authority);
        command.Options.Add(_skipVerify);
    }

    /// <summary>Whether any of them was given that only TLS has a use for.</summary>
    public bool IsWanted(ParseResult parsed) =>
        parsed.GetValue(_tls) || parsed.GetValue(_skipVerify) || parsed.GetValue(_roots) is not null || parsed.GetValue(_certificate) is not null
        || parsed.GetValue(_key) is not null;

    /// <summary>Makes a channel's options mean what was given.</summary>
    /// <exception cref="CommandFailure">A file can't be used, or one is missing.</exception>
    public void Apply(ParseResult parsed, CallTarget target, GrpcChannelOptions options)
    {
        options.Authority = parsed.GetValue(_authority);
        if (!target.IsTls)
        {
            return;
        }

        var pair = (parsed.GetValue(_certificate), parsed.GetValue(_key)) switch
        {
            (null, null) => null,
            ({ } certificate, { } key) => new KeyCertificatePair(Read(_certificate, certificate), Read(_key, key)),
            _ => throw new CommandFailure("--cert and --key go together: give both.", ExitCode.Usage),
        };
        if (parsed.GetValue(_skipVerify))
        {
            options.HttpHandler = CreateTrustingHandler(pair);
            options.DisposeHttpClient = true;
            options.Credentials = ChannelCredentials.SecureSsl;
            return;
        }

        options.Credentials = new SslCredentials(parsed.GetValue(_roots) is { } roots ? Read(_roots, roots) : null, pair);
    }

    [SuppressMessage("Security", "CA5359:Do not disable certificate validation", Justification = "The option says so.")]
    private static SocketsHttpHandler CreateTrustingHandler(KeyCertificatePair? pair)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = s_connectTimeout,
            UseCookies = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        };
        if (pair is not null)
        {
            try
            {
                using var pem = X509Certificate2.CreateFromPem(pair.CertificateChain, pair.PrivateKey);
                handler.SslOptions.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
            }
            catch (CryptographicException failure)
            {
                handler.Dispose();
                throw new CommandFailure($"--cert and --key cannot be used: {failure.Message}", ExitCode.Failure, failure);
            }
        }

        return handler;
    }

    private static string Read(Option option, string file)
    {
        try
        {
            return File.ReadAllText(GivenValue.Path(file, option.Name));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{option.Name} {file} cannot be read: {failure.Message}", ExitCode.Failure, failure);
        }
    }
}
