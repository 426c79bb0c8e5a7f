using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Testing;

/// <summary>One request that meets a fault.</summary>
/// <param name="Http">The request.</param>
/// <param name="Time">The agent's clock.</param>
/// <param name="Next">Lets the agent answer.</param>
internal sealed record FaultContext(HttpContext Http, TimeProvider Time, RequestDelegate Next)
{
    public Task NextAsync() => Next(Http);

    public async Task AnswerAsync(HttpStatusCode status, string body)
    {
        Http.Response.StatusCode = (int)status;
        Http.Response.ContentType = "text/plain; charset=utf-8";
        await WriteAsync(body).ConfigureAwait(false);
    }

    public async Task ReplaceBodyAsync(string body)
    {
        var sent = Http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        Http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        try
        {
            await NextAsync().ConfigureAwait(false);
        }
        finally
        {
            Http.Features.Set(sent);
        }

        Http.Response.Headers.ContentEncoding = default;
        await WriteAsync(body).ConfigureAwait(false);
    }

    private async Task WriteAsync(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Http.Response.ContentLength = bytes.Length;
        await Http.Response.BodyWriter.WriteAsync(bytes, Http.RequestAborted).ConfigureAwait(false);
    }
}
