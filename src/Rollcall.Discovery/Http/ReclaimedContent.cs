namespace Rollcall.Discovery.Http;

/// <summary>
/// A response's body that ends its attempt's lease also when it is neither read nor disposed: when it is collected. Only where calls in flight are limited, and such
/// a response would keep its place for good: an object with a finalizer costs more than all else that is kept for a response.
/// </summary>
/// <param name="response">Whose content this is to be.</param>
/// <param name="exchange">What ends with the body.</param>
internal sealed class ReclaimedContent(HttpResponseMessage response, Exchange exchange) : LeasedContent(response, exchange)
{
    // On the thread pool: it runs code of the policy and the user's, and goes on to who waits for room. Disposing of a content suppresses it.
    ~ReclaimedContent() => ThreadPool.UnsafeQueueUserWorkItem(static exchange => exchange.Abandon(), Exchange, preferLocal: false);
}
