using System.Net;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// A response's body that ends its attempt's lease when it has been read, breaks off, or is given up; whichever comes first counts.
/// </summary>
internal sealed class LeasedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Attempt _attempt;
    private readonly CallResult _result;
    private int _completed;

    private LeasedContent(HttpContent inner, in Attempt attempt, CallResult result)
    {
        _inner = inner;
        _attempt = attempt;
        _result = result;
        foreach (var header in inner.Headers.NonValidated)
        {
            var values = header.Value;
            if (values.Count == 1)
            {
                Headers.TryAddWithoutValidation(header.Key, values.ToString());
            }
            else
            {
                Headers.TryAddWithoutValidation(header.Key, values);
            }
        }
    }

    /// <summary>Makes the attempt end with the response's body; at once when it has none.</summary>
    public static void Attach(HttpResponseMessage response, HttpMethod method, in Attempt attempt)
    {
        var result = IsServersFault(response.StatusCode) ? CallResult.Failure : CallResult.Success;
        if (HasNoBody(response, method))
        {
            attempt.Complete(result);
        }
        else
        {
            response.Content = new LeasedContent(response.Content, attempt, result);
        }
    }

    /// <summary>The body was read to its end.</summary>
    public void Complete() => Complete(_result);

    /// <summary>The body ended in another way.</summary>
    public void Complete(CallResult result)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            _attempt.Complete(result);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var copying = _inner.CopyToAsync(stream, context, cancellationToken);
        if (!copying.IsCompletedSuccessfully)
        {
            return CompleteAfterAsync(copying, cancellationToken);
        }

        // A short body is there with the headers.
        Complete();
        return Task.CompletedTask;
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
            Complete(CallResult.Cancelled);
        }
        base.Dispose(disposing);
    }

    private async Task CompleteAfterAsync(Task copying, CancellationToken cancellationToken)
    {
        try
        {
            await copying.ConfigureAwait(false);
            Complete();
        }
        catch
        {
            Complete(cancellationToken.IsCancellationRequested ? CallResult.Cancelled : CallResult.Failure);
            throw;
        }
    }

    private LeasedStream Lease(Stream stream) => new(stream, _inner.Headers.ContentLength, this);

    // Nobody reads a body that can't be there (RFC 9110 6.4.1), so its end would not be seen.
    private static bool HasNoBody(HttpResponseMessage response, HttpMethod method) =>
        response.Content.Headers.ContentLength == 0
        || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
        || method == HttpMethod.Head;

    // 501 and 505 are about the request; the others say that this instance can't serve now.
    private static bool IsServersFault(HttpStatusCode status) =>
        (int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported);
}
