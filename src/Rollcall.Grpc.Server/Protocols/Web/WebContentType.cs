namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The content types of gRPC-Web.</summary>
internal static class WebContentType
{
    public const string Binary = "application/grpc-web+proto";
    public const string Text = "application/grpc-web-text+proto";

    private const string BinaryPrefix = "application/grpc-web";
    private const string TextPrefix = "application/grpc-web-text";

    /// <summary>True for gRPC-Web with protobuf messages; <paramref name="isText"/> is true when it is in base64.</summary>
    public static bool TryRead(ReadOnlySpan<char> contentType, out bool isText)
    {
        isText = Is(contentType, TextPrefix);
        return isText || Is(contentType, BinaryPrefix);
    }

    /// <summary>True when an Accept header asks for base64.</summary>
    public static bool AcceptsText(ReadOnlySpan<char> accept)
    {
        foreach (var part in accept.Split(','))
        {
            if (Is(accept[part].Trim(), TextPrefix))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<char> contentType, string prefix)
    {
        if (!contentType.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var parameters = contentType.IndexOf(';');
        var suffix = (parameters < 0 ? contentType : contentType[..parameters])[prefix.Length..].TrimEnd();
        return suffix.IsEmpty || suffix.Equals("+proto", StringComparison.OrdinalIgnoreCase);
    }
}
