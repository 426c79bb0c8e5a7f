namespace Rollcall.Grpc;

/// <summary>Text that a peer chose, where it goes on to logs and traces.</summary>
public static class PeerText
{
    private const int MaxLength = 512;

    /// <summary>The text, or its first 512 characters and an ellipsis.</summary>
    public static string Shorten(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
    }
}
