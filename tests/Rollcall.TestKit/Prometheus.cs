namespace Rollcall.TestKit;

/// <summary>Prometheus, which finds what it scrapes in Consul.</summary>
public static class Prometheus
{
    private static readonly Lazy<string?> s_path = new(() => Tool.Find("prometheus", "ROLLCALL_PROMETHEUS"));

    /// <summary>The program.</summary>
    public static string Path => s_path.Value ?? throw new InvalidOperationException(MissingReason);

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_path.Value is null ? Tool.Missing("Prometheus", "prometheus") : null;
}
