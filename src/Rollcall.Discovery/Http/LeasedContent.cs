using System.Net;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>A response's body that ends its call's lease when it has been read, breaks off, or is given up.</summary>
internal sealed class LeasedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly CallLease _call;
    private readonly CallResult _result;

    private LeasedContent(HttpContent inner, CallLease call, CallResult result)
    {
        _inner = inner;
        _call = call;
        _result = result;
        foreach ((var name, var values) in inner.Headers.NonValidated.Select(static h => (h.Key, (IEnumerable<string>)h.Value)))
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <summary>Makes the lease end with the response's body; at once when it has none.</summary>
    public static HttpResponseMessage Attach(HttpResponseMessage response, CallLease call)
    {
        var result = IsServersFault(response.StatusCode) ? CallResult.Failure : CallResult.Success;
        if (HasNoBody(response))
        {
            call.Complete(result);
        }
        else
        {
            response.Content = new LeasedContent(response.Content, call, result);
        }

        return response;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await _inner.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
            _call.Complete(_result);
        }
        catch
        {
            _call.Complete(cancellationToken.IsCancellationRequested ? CallResult.Cancelled : CallResult.Failure);
            throw;
        }
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        Lease(await _inner.ReadAsStreamAsync().ConfigureAwait(false));

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Lease(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        Lease(_inner.ReadAsStream(cancellationToken));

    protected override bool TryComputeLength(out long length)
    {
        // The inner content's length, where it is known, came over with its headers.
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();

            // Not read to its end: the caller lost interest.
            _call.Complete(CallResult.Cancelled);
        }
        base.Dispose(disposing);
    }

    private LeasedStream Lease(Stream stream) => new(stream, _inner.Headers.ContentLength, _call, _result);

    // Nobody reads a body that can't be there (RFC 9110 6.4.1), so its end would not be seen.
    private static bool HasNoBody(HttpResponseMessage response) =>
        response.Content.Headers.ContentLength == 0
        || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
        || response.RequestMessage?.Method == HttpMethod.Head;

    // 501 and 505 are about the request; the others say that this instance can't serve now.
    private static bool IsServersFault(HttpStatusCode status) =>
        (int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported);
}
