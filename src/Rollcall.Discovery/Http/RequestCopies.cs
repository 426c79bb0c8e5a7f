namespace Rollcall.Discovery.Http;

/// <summary>
/// A request as it was when it was first to be sent, to make copies of that don't touch each other while they are on their way. Immutable.
/// </summary>
internal sealed class RequestCopies
{
    private readonly HttpRequestMessage _original;
    private readonly KeyValuePair<string, string[]>[] _headers;
    private readonly KeyValuePair<string, string[]>[] _contentHeaders = [];
    private readonly KeyValuePair<string, object?>[] _options;
    private readonly byte[]? _content;

    private RequestCopies(HttpRequestMessage original, byte[]? content)
    {
        _original = original;
        _content = content;
        _headers = Copy(original.Headers);
        _options = [.. original.Options];
        if (original.Content is { } body)
        {
            _contentHeaders = Copy(body.Headers);
        }
    }

    /// <param name="original">With a body that may be read now.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<RequestCopies> CreateAsync(HttpRequestMessage original, CancellationToken cancellationToken) => new(
        original,
        original.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false) : null);

    public HttpRequestMessage Create()
    {
        var copy = new HttpRequestMessage(_original.Method, _original.RequestUri) { Version = _original.Version, VersionPolicy = _original.VersionPolicy };
        foreach (var (name, values) in _headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (key, value) in _options)
        {
            copy.Options.TryAdd(key, value);
        }

        if (_content is not null)
        {
            copy.Content = new ByteArrayContent(_content);
            foreach (var (name, values) in _contentHeaders)
            {
                copy.Content.Headers.TryAddWithoutValidation(name, values);
            }
        }

        return copy;
    }

    private static KeyValuePair<string, string[]>[] Copy(System.Net.Http.Headers.HttpHeaders headers) =>
        [.. headers.NonValidated.Select(static h => KeyValuePair.Create(h.Key, h.Value.ToArray()))];
}
