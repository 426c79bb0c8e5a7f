using Microsoft.Net.Http.Headers;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The charset of a content type, which may be in quotes.</summary>
internal static class MediaTypeCharset
{
    /// <summary>True when the text is in UTF-8, which it is also where nothing is said.</summary>
    public static bool IsUtf8(MediaTypeHeaderValue type) =>
        !type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
