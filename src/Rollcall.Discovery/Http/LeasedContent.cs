using System.Net;
using System.Net.Http.Headers;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// A response's body that ends its attempt's lease when it has been read, breaks off, or is given up; whichever comes first counts.
/// </summary>
internal class LeasedContent : HttpContent
{
    private readonly HttpResponseMessage _response;
    private readonly HttpContent _inner;
    private readonly Exchange _exchange;

    /// <param name="response">Whose content this is to be.</param>
    /// <param name="exchange">What ends with the body.</param>
    public LeasedContent(HttpResponseMessage response, Exchange exchange)
    {
        _response = response;
        _inner = response.Content;
        _exchange = exchange;
        foreach (var header in _inner.Headers.NonValidated)
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

    protected Exchange Exchange => _exchange;

    public Endpoint Endpoint => _exchange.Endpoint;

    /// <summary>Nobody reads a body that can't be there (RFC 9110 6.4.1), so its end would not be seen.</summary>
    public static bool HasNoBody(HttpResponseMessage response, HttpMethod method) =>
        HasLengthZero(response.Content.Headers)
        || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
        || method == HttpMethod.Head;

    // As it came: a value that was read as a number is made text again when it is copied.
    private static bool HasLengthZero(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Length", out var length) ? length.ToString() == "0" : headers.ContentLength == 0;

    /// <summary>The body was read to its end.</summary>
    public void Complete() => _exchange.End(HttpOutcome.Of(_response), _response.StatusCode);

    /// <summary>The body broke off, or was given up.</summary>
    /// <param name="error">Null: the caller lost interest.</param>
    /// <param name="cancelled">The error is the caller's own wish.</param>
    /// <param name="isWhole">Whoever gave up wanted the whole body, and waited for the rest of it.</param>
    public void Break(Exception? error, bool cancelled, bool isWhole = false) =>
        _exchange.End(cancelled || error is null ? CallResult.Cancelled : CallResult.Failure, _response.StatusCode, error, isAnswered: !isWhole);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The stream of a SocketsHttpHandler is there at once, and copies itself with fewer steps than its content does.
        var copying = _exchange.IsOwnHandlers
            ? _inner.ReadAsStream(cancellationToken).CopyToAsync(stream, cancellationToken)
            : _inner.CopyToAsync(stream, context, cancellationToken);
        if (!copying.IsCompletedSuccessfully)
        {
            return EndAfterAsync(copying);
        }

        // A short body is there with the headers.
        Complete();
        return copying;
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

            // Not read to its end, if this comes first.
            Break(null, cancelled: true);
        }
        base.Dispose(disposing);
    }

    // A task in between, so that the lease has ended when the reader hears of the end: a callback on the copy itself may come after the reader.
    private async Task EndAfterAsync(Task copying)
    {
        try
        {
            await copying.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Break(e, copying.IsCanceled, isWhole: true);
            throw;
        }

        Complete();
    }

    private LeasedStream Lease(Stream stream) => new(stream, HttpOutcome.IsGrpc(_response) ? null : _inner.Headers.ContentLength, this);
}
