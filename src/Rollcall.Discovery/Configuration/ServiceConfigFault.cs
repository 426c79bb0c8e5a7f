namespace Rollcall.Discovery.Configuration;

/// <summary>Something that is wrong with a service config.</summary>
/// <param name="Path">Where, for example <c>methodConfig[0].retryPolicy.maxAttempts</c>; empty: the whole.</param>
/// <param name="Problem">What, to be read after the path: <c>must be 2 or more</c>.</param>
public readonly record struct ServiceConfigFault(string Path, string Problem)
{
    /// <summary>All faults in one message for a person.</summary>
    public static string Describe(IEnumerable<ServiceConfigFault> faults) =>
        $"The service config can't be used: {string.Join("; ", faults)}.";

    /// <summary>Path and problem.</summary>
    public override string ToString() => $"{(Path.Length == 0 ? "it" : Path)} {Problem}";
}
