using Grpc.Core;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A call by what its loop gets from the response.</summary>
internal abstract class CallCore<TAnswer>(CallSlot slot, MethodEntry method, MethodPolicy policy, in CallOptions options, IRequestBody body)
    : CallCore(slot, method, policy, options, body)
{
    /// <summary>Makes attempts until one is answered, or none is allowed any more.</summary>
    /// <exception cref="Exception">The call has ended; what the caller is to see.</exception>
    protected async Task<TAnswer> RunAsync()
    {
        if (IsPolicyUnread)
        {
            await WaitForConfigAsync().ConfigureAwait(false);
        }

        if (Policy.Hedging is { } hedging && Body is BufferedContent content)
        {
            return await RunHedgedAsync(content, hedging).ConfigureAwait(false);
        }

        EnterSpan();
        while (true)
        {
            AttemptFailure failure;
            try
            {
                await PickAsync().ConfigureAwait(false);
                var response = await SendAsync().ConfigureAwait(false);
                if (TryAccept(response, out failure))
                {
                    // Most small responses are here as a whole by now, so that this takes no state machine of its own to the heap.
                    return await ReceiveAsync(response).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (!HasEnded)
            {
                failure = Describe(e);
            }

            await FollowAsync(failure).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the answer from a response whose headers are accepted.</summary>
    protected abstract ValueTask<TAnswer> ReceiveAsync(HttpResponseMessage response);

    private async Task<TAnswer> RunHedgedAsync(BufferedContent body, HedgingSettings hedging)
    {
        try
        {
            var response = await Hedge.OpenAsync(this, body, hedging).ConfigureAwait(false);
            return await ReceiveAsync(response).ConfigureAwait(false);
        }
        catch (Exception e) when (!HasEnded)
        {
            throw EndFrom(e);
        }
    }
}
