using System.Buffers.Text;
using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The message in the query of a GET.</summary>
internal static class ConnectQuery
{
    private const string Parameter = "message";

    /// <exception cref="RpcException">It is not there, no base64 although the query says so, or too large.</exception>
    public static byte[] ReadMessage(HttpRequest request, int maxBytes)
    {
        if (request.Query[Parameter] is not [{ } text])
        {
            throw MessageDecoder.Fault(
                StatusCode.InvalidArgument, "A GET has its message in the query: ?encoding=json&message=… (once), with base64=1 if it is base64.");
        }

        var message = request.Query["base64"] == "1" ? Decode(text) : Unescape(request.QueryString);
        return message.Length <= maxBytes ? message : throw RequestFrame.TooLarge(maxBytes);
    }

    // Not of the text that the server has made of it: escapes are bytes, and those that are no UTF-8 have no text.
    private static byte[] Unescape(QueryString query)
    {
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            if (pair.DecodeName().Span.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            {
                var escaped = Encoding.UTF8.GetBytes(pair.EncodedValue.ToString());
                return WebUtility.UrlDecodeToBytes(escaped, 0, escaped.Length);
            }
        }

        return [];
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
