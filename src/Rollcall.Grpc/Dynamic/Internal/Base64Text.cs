using System.Buffers.Text;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Bytes in JSON: written in base64's usual alphabet with padding, read in both alphabets, with padding or without, in one line or several.</summary>
internal static class Base64Text
{
    public static bool TryDecode(string text, out byte[] bytes)
    {
        var url = text.Replace('+', '-').Replace('/', '_');
        bytes = [];
        if (!Base64Url.IsValid(url))
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(url);
        return true;
    }
}
