namespace Rollcall.Hosting.Registration;

/// <summary>Where an instance is called: resolved, never a wildcard.</summary>
/// <param name="Host">Host name or IP address, without brackets.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Tls">Whether it speaks TLS.</param>
internal sealed record ServiceEndpoint(string Host, int Port, bool Tls)
{
    /// <summary>The scheme of its URLs; null: it is not known, because the port is not the server's own.</summary>
    public string? Scheme { get; init; }

    public string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
