using System.Buffers.Text;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The message in the query of a GET.</summary>
internal static class ConnectQuery
{
    /// <exception cref="RpcException">It is not there, no base64 although the query says so, or too large.</exception>
    public static byte[] ReadMessage(IQueryCollection query, int maxBytes)
    {
        if (query["message"] is not [{ } text])
        {
            throw MessageDecoder.Fault(
                StatusCode.InvalidArgument, "A GET has its message in the query: ?encoding=json&message=… (once), with base64=1 if it is base64.");
        }

        var message = query["base64"] == "1" ? Decode(text) : Encoding.UTF8.GetBytes(text);
        return message.Length <= maxBytes ? message : throw RequestFrame.TooLarge(maxBytes);
    }

    // The alphabet of URLs (RFC 4648 5), with padding or without.
    private static byte[] Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, "The query parameter message is not base64 for URLs, as base64=1 says.");
        }
    }
}
