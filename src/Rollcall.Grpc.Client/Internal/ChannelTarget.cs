using Rollcall.Discovery;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Sources;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Where a channel's calls go: the address that it was given, checked and taken apart.</summary>
internal sealed class ChannelTarget
{
    private const string Examples = "http://localhost:5001, https://api.example.com, consul:///demo, dns:///demo.example.org:5001 or dns+srv:///_demo._tcp.example.org";

    private ChannelTarget(ConsulTarget consul)
    {
        Text = consul.ToString();
        Consul = consul;
        Service = consul.Service;
        Host = "";
    }

    private ChannelTarget(string text, DnsTarget dns)
    {
        Text = text;
        Dns = dns;
        Service = dns.Service;
        Host = "";
    }

    private ChannelTarget(string text, string? scheme, string host, int port)
    {
        Text = text;
        FixedScheme = scheme;
        Host = host;
        Port = port;
    }

    public string Text { get; }

    /// <summary>What a <c>consul://</c> target says; null for an address.</summary>
    public ConsulTarget? Consul { get; }

    /// <summary>What a <c>dns://</c> or <c>dns+srv://</c> target says; null for others.</summary>
    public DnsTarget? Dns { get; }

    /// <summary>The service that is found by name; null for an address.</summary>
    public ServiceTarget? Service { get; }

    /// <summary><c>http</c> or <c>https</c>; null: the credentials decide.</summary>
    public string? FixedScheme { get; }

    public string Host { get; }

    public int Port { get; }

    /// <exception cref="ArgumentException">The text is no target.</exception>
    public static ChannelTarget Parse(string address)
    {
        var separator = address.IndexOf("://", StringComparison.Ordinal);
        if (separator <= 0)
        {
            throw Wrong(address, "has no scheme", ExamplesFor(address));
        }

        switch (address[..separator].ToUpperInvariant())
        {
            case "HTTP":
            case "HTTPS":
                return ParseHttp(address);
            case "CONSUL":
                return ConsulTarget.TryParse(address, out var consul, out var fault)
                    ? new ChannelTarget(consul)
                    : throw new ArgumentException($"The channel's target '{Shown(address)}' is wrong. {fault}", nameof(address));
            case "DNS":
            case "DNS+SRV":
                return DnsTarget.TryParse(address, out var dns, out var what)
                    ? new ChannelTarget(address, dns)
                    : throw new ArgumentException($"The channel's target '{Shown(address)}' is wrong. {what}", nameof(address));
            default:
                throw Wrong(address, $"has the scheme '{address[..separator]}', which is not known", Examples);
        }
    }

    /// <exception cref="ArgumentException">Scheme and credentials contradict each other.</exception>
    public string ChooseScheme(ChannelSecurity security)
    {
        if (FixedScheme is null)
        {
            return security.IsTls == true ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        }

        if (security.IsTls is { } tls && tls != (FixedScheme == Uri.UriSchemeHttps))
        {
            throw new ArgumentException(tls
                ? $"The channel has TLS credentials, but its target '{Text}' is plaintext. Write https://{Host}:{Port} or use ChannelCredentials.Insecure."
                : $"The channel has insecure credentials, but its target '{Text}' is TLS. Write http://{Host}:{Port} or use ChannelCredentials.SecureSsl.");
        }

        return FixedScheme;
    }

    private static ChannelTarget ParseHttp(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Wrong(text, "has no valid host and port", "http://localhost:5001 or http://[::1]:5001");
        }

        var example = $"{uri.Scheme}://{uri.Host}:{uri.Port}";
        if (uri.UserInfo.Length > 0)
        {
            throw Wrong(text, "has a user name, which gRPC can't send", $"{example}, with CallCredentials for a token");
        }

        if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Wrong(text, $"has '{uri.PathAndQuery}{uri.Fragment}' after the address, where the method's path belongs", example);
        }

        if (uri.Port == 0)
        {
            throw Wrong(text, "has port 0", $"{uri.Scheme}://{uri.Host}:5001");
        }

        return new ChannelTarget(text, uri.Scheme, uri.IdnHost.Trim('[', ']'), uri.Port);
    }

    private static ArgumentException Wrong(string address, string fault, string example) =>
        new($"The channel's target '{Shown(address)}' {fault}. Write for example {example}.", nameof(address));

    /// <summary>What somebody who wrote no scheme may have meant.</summary>
    private static string ExamplesFor(string address)
    {
        var rest = address.TrimStart('/', ':');
        if (rest.StartsWith("consul:", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[7..].TrimStart('/');
            return $"consul:///{(rest.Length > 0 ? rest : "demo")}";
        }

        return rest.Length == 0 ? Examples : rest.Contains(':', StringComparison.Ordinal) ? $"http://{rest}" : $"http://{rest} or consul:///{rest}";
    }

    /// <summary>The target without the secrets that don't belong into it: messages end up in logs.</summary>
    private static string Shown(string address)
    {
        var query = address.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0 && address.AsSpan(query).Contains("token", StringComparison.OrdinalIgnoreCase))
        {
            address = address[..query] + "?…";
        }

        var at = address.LastIndexOf('@');
        var start = address.IndexOf("://", StringComparison.Ordinal) + 3;
        return at > start ? $"{address[..start]}…{address[at..]}" : address;
    }
}
