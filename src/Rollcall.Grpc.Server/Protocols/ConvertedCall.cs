using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Runs a call whose frames are converted while they stream, one flush at a time; back-pressure passes through.</summary>
internal static class ConvertedCall
{
    /// <summary>Runs the call and gives its trailers, status included. What the handler left unflushed is still to be flushed.</summary>
    /// <param name="httpContext">The request.</param>
    /// <param name="handler">The method.</param>
    /// <param name="request">Reads gRPC frames.</param>
    /// <param name="response">Takes gRPC frames; null when the body takes them as they are.</param>
    /// <param name="blamesCaller">See <see cref="CallHandler.HandleAdaptedAsync"/>.</param>
    /// <param name="formAnswer">See there.</param>
    public static async Task<IHeaderDictionary> RunAsync(
        HttpContext httpContext,
        CallHandler handler,
        IRequestBodyPipeFeature request,
        PipeWriter? response,
        bool blamesCaller,
        Action<Status>? formAnswer = null)
    {
        var features = httpContext.Features;
        var realRequest = features.Get<IRequestBodyPipeFeature>();
        var realResponse = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var realTrailers = features.Get<IHttpResponseTrailersFeature>();
        var trailers = new ConvertedTrailers();
        features.Set<IHttpResponseTrailersFeature>(trailers);
        features.Set(request);
        if (response is not null)
        {
            features.Set<IHttpResponseBodyFeature>(new ConvertedResponse(realResponse, response));
        }

        try
        {
            await handler.HandleAdaptedAsync(httpContext, blamesCaller, formAnswer).ConfigureAwait(false);
        }
        finally
        {
            features.Set(realRequest);
            features.Set(realResponse);
            features.Set(realTrailers);
        }

        return trailers.Trailers;
    }
}
