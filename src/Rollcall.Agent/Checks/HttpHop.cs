namespace Rollcall.Agent.Checks;

/// <summary>One request of an HTTP check: the first, or one to where an answer sends it, by the rules of Go's client.</summary>
/// <param name="Uri">Where it goes.</param>
/// <param name="Method">With what method.</param>
internal sealed record HttpHop(Uri Uri, string Method)
{
    /// <summary>How many requests a check makes at most.</summary>
    public const int Most = 10;

    private static readonly string[] s_secrets = ["Authorization", "Cookie", "Cookie2", "WWW-Authenticate"];

    /// <summary>How many there have been with this one.</summary>
    public int Number { get; private init; } = 1;

    public bool SendsBody { get; private init; } = true;

    /// <summary>Where it comes from; null: from nowhere, or from where it is not told.</summary>
    public string? Referer { get; private init; }

    private bool IsSameHost { get; init; } = true;

    // Whether the check's own Host still counts: until an answer has named another one.
    private bool KeepsHost { get; init; } = true;

    /// <summary>Whether a header of the check goes with it.</summary>
    public bool Takes(string header) =>
        s_secrets.Contains(header, StringComparer.OrdinalIgnoreCase) ? IsSameHost
        : KeepsHost || !header.Equals("Host", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an answer is to be followed. Of 307 and 308 those that say where to; of 301 to 303 all, and one that does not say it is a fault.</summary>
    public static bool IsRedirect(int code, string location) => code is 301 or 302 or 303 || (code is 307 or 308 && location.Length > 0);

    /// <summary>The request that an answer to this one asks for.</summary>
    /// <param name="code">The status of the answer, of a redirect.</param>
    /// <param name="location">Where it sends to.</param>
    /// <param name="uri">The same, in full.</param>
    public HttpHop Follow(int code, string location, Uri uri)
    {
        var keeps = code is 307 or 308;
        return new HttpHop(uri, keeps || Method == "HEAD" ? Method : "GET")
        {
            Number = Number + 1,
            SendsBody = keeps,
            Referer = Uri.Scheme == "https" && uri.Scheme == "http" ? null : $"{Uri.Scheme}://{Uri.Authority}{Uri.PathAndQuery}",
            KeepsHost = KeepsHost && HttpUrl.SchemeOf(location) is null,

            // What was once held back stays so: Consul sends it again with the next redirect on the other host.
            IsSameHost = IsSameHost && IsWithin(AuthorityOf(uri), AuthorityOf(Uri)),
        };
    }

    private static string AuthorityOf(Uri uri) => $"{uri.IdnHost}:{uri.Port}";

    private static bool IsWithin(string host, string domain) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase);
}
