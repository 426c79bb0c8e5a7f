namespace Rollcall.Discovery.Sources;

/// <summary>No DNS server gave an answer that can be used.</summary>
public sealed class DnsSourceException : Exception
{
    /// <param name="message">Which name, which servers, and what each of them did.</param>
    /// <param name="innerException">What the last one failed with.</param>
    public DnsSourceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
