using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http;

/// <summary>Reads and decodes the body of a request, and answers for it if it is not good.</summary>
internal static class RequestBody
{
    /// <summary>Largest body of a request that is not a value of the KV store.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Reads a body whose limit Consul lets its users set.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">Bytes.</param>
    /// <param name="setting">The name of the limit in Consul's documentation, which the answer points to.</param>
    /// <returns>Null: it is too large, which has been answered.</returns>
    public static async ValueTask<byte[]?> TryReadAsync(AgentRequest request, int limit, string setting)
    {
        var body = await request.ReadBodyAsync(limit).ConfigureAwait(false);
        if (body is null)
        {
            var size = request.Context.Request.ContentLength is { } length ? $"{length}" : $"more than {limit}";

            // The rest of the body is not read.
            request.Context.Response.Headers.Connection = "close";
            await request.TextAsync(
                StatusCodes.Status413PayloadTooLarge,
                $"Request body({size} bytes) too large, max size: {limit} bytes. See https://www.consul.io/docs/agent/options.html#{setting}.")
                .ConfigureAwait(false);
        }

        return body;
    }

    /// <summary>Reads a body of any other kind.</summary>
    /// <returns>Null: it is too large, which has been answered.</returns>
    public static async ValueTask<byte[]?> TryReadAsync(AgentRequest request)
    {
        var body = await request.ReadBodyAsync(MaxBytes).ConfigureAwait(false);
        if (body is null)
        {
            request.Context.Response.Headers.Connection = "close";
            await request.TextAsync(StatusCodes.Status413PayloadTooLarge, $"Request body too large, max size: {MaxBytes} bytes.")
                .ConfigureAwait(false);
        }

        return body;
    }

    /// <summary>For endpoints that have words of their own about a bad body. Gives the fault, in Go's words, or null.</summary>
    public static async ValueTask<string?> DecodeAsync<T>(AgentRequest request, GoStruct<T> type, T target) =>
        await request.ReadBodyAsync(MaxBytes).ConfigureAwait(false) is { } body ? GoDecoder.Decode(body, type, target) : "http: request body too large";

    /// <summary>False: the answer has been given.</summary>
    public static async ValueTask<bool> TryDecodeAsync<T>(AgentRequest request, GoStruct<T> type, T target)
    {
        if (await TryReadAsync(request).ConfigureAwait(false) is not { } body)
        {
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
