using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// gRPC-Web: the frames of gRPC over any HTTP, the trailers as one more frame. The status is always in that frame, never in the headers:
/// a page of another origin may read every body that it may read at all, but only headers that were exposed to it.
/// </summary>
internal static class WebCall
{
    public static async Task HandleAsync(HttpContext httpContext, CallHandler handler, bool requestIsText)
    {
        var text = CreateTextWriter(httpContext, requestIsText);
        var body = new ReleasingReader(httpContext.Request.BodyReader);
        var request = new ConvertedRequest(requestIsText ? new TextRequestReader(body) : body);
        var trailers = await ConvertedCall.RunAsync(httpContext, handler, request, text, blamesCaller: false).ConfigureAwait(false);
        body.Release();
        await EndAsync(httpContext, text, trailers).ConfigureAwait(false);
    }

    /// <summary>Answers without a call.</summary>
    public static Task RefuseAsync(HttpContext httpContext, bool requestIsText, Status status)
    {
        var trailers = new HeaderDictionary();
        CallEnd.WriteStatus(trailers, status);
        return EndAsync(httpContext, CreateTextWriter(httpContext, requestIsText), trailers);
    }

    private static TextResponseWriter? CreateTextWriter(HttpContext httpContext, bool requestIsText)
    {
        var isText = requestIsText || WebContentType.AcceptsText(httpContext.Request.Headers.Accept.ToString());
        httpContext.Response.ContentType = isText ? WebContentType.Text : WebContentType.Binary;
        return isText ? new TextResponseWriter(httpContext.Response.BodyWriter) : null;
    }

    private static async Task EndAsync(HttpContext httpContext, PipeWriter? text, IHeaderDictionary trailers)
    {
        var output = text ?? httpContext.Response.BodyWriter;
        WebTrailersFrame.Write(output, trailers);
        await output.FlushAsync().ConfigureAwait(false);
    }
}
