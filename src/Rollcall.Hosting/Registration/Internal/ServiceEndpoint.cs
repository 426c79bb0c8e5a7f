namespace Rollcall.Hosting.Registration;

/// <summary>Where an instance is called, or what its server is bound to.</summary>
/// <param name="Host">Host name or IP address, without brackets. Where it is called, no wildcard.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Tls">Whether it speaks TLS.</param>
internal sealed record ServiceEndpoint(string Host, int Port, bool Tls)
{
    /// <summary>The scheme of its URLs; null: it is not known, because the port is not the server's own.</summary>
    public string? Scheme { get; init; }

    public string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
