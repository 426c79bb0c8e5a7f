namespace Rollcall.Grpc.Client.Internal;

/// <summary>Text that a peer chose, where it goes on to logs and traces.</summary>
internal static class PeerText
{
    private const int MaxLength = 512;

    public static string Shorten(string text) => text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
}
