using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Http.Decoding;

namespace Rollcall.Agent.Http;

/// <summary>Reads and decodes the body of a request, and answers for it if it is not good.</summary>
internal static class RequestBody
{
    /// <summary>Largest body of a request that is not a value of the KV store.</summary>
    private const int MaxBytes = 512 * 1024;

    /// <summary>False: the answer has been given.</summary>
    public static async ValueTask<bool> TryDecodeAsync<T>(AgentRequest request, GoStruct<T> type, T target)
    {
        var body = await request.ReadBodyAsync(MaxBytes).ConfigureAwait(false);
        if (body is null)
        {
            request.Context.Response.Headers.Connection = "close";
            await request.TextAsync(StatusCodes.Status413PayloadTooLarge, $"Request body too large, max size: {MaxBytes} bytes.")
                .ConfigureAwait(false);
            return false;
        }

        if (GoDecoder.Decode(body, type, target) is { } error)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Request decode failed: {error}").ConfigureAwait(false);
            return false;
        }

        return true;
    }
}
