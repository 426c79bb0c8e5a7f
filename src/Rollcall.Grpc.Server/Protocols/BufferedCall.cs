using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// Runs a call whose request and response are whole messages, for protocols that have no frames: the handler sees a gRPC request and its
/// answer is kept in memory instead of being sent.
/// </summary>
internal static class BufferedCall
{
    /// <summary>Runs the call. The metadata that the handler sent ahead is in the response's headers afterwards; nothing was sent.</summary>
    /// <param name="httpContext">The request. Its headers must hold no <c>grpc-</c> header but those meant for this call.</param>
    /// <param name="handler">The method.</param>
    /// <param name="readRequest">
    /// Makes the request frame (see <see cref="RequestFrame"/>). Called once, inside the call, so that its time counts against the deadline
    /// and an <see cref="RpcException"/> from it is the status of the call. Take the real body's reader before.
    /// </param>
    /// <param name="trailerPrefix">Of the names that the handler's trailers have as headers of the response.</param>
    /// <param name="formAnswer">
    /// Makes the answer of the response message of a call that ended with OK. Also called inside the call: an <see cref="RpcException"/> from it is
    /// the status.
    /// </param>
    public static async Task<AdaptedCallResult> RunAsync(
        HttpContext httpContext,
        CallHandler handler,
        Func<CancellationToken, ValueTask<byte[]>> readRequest,
        string trailerPrefix,
        Action<ReadOnlyMemory<byte>> formAnswer)
    {
        var features = httpContext.Features;
        var request = features.Get<IRequestBodyPipeFeature>();
        var response = features.GetRequiredFeature<IHttpResponseFeature>();
        var body = features.Get<IHttpResponseBodyFeature>();
        var trailers = features.Get<IHttpResponseTrailersFeature>();
        var buffered = new BufferedResponse(response);
        features.Set<IRequestBodyPipeFeature>(new BufferedRequest(readRequest));
        features.Set<IHttpResponseFeature>(buffered);
        features.Set<IHttpResponseBodyFeature>(buffered);
        features.Set<IHttpResponseTrailersFeature>(buffered);
        try
        {
            await handler.HandleAdaptedAsync(httpContext, blamesCaller: true, FormAnswer).ConfigureAwait(false);
        }
        finally
        {
            features.Set(request);
            features.Set(response);
            features.Set(body);
            features.Set(trailers);
        }

        return AdaptedCallResult.Create(buffered.Trailers);

        void FormAnswer(Status status)
        {
            foreach (var (name, values) in buffered.Trailers)
            {
                if (name != StatusDetails.Header)
                {
                    response.Headers.Append(trailerPrefix + name, values);
                }
            }

            if (status.StatusCode == StatusCode.OK)
            {
                formAnswer(buffered.Written[GrpcFraming.PrefixLength..]);
            }
        }
    }
}
