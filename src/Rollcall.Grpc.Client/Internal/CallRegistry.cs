namespace Rollcall.Grpc.Client.Internal;

/// <summary>The calls of a channel that have not ended, so that disposing the channel can end them. Thread-safe; adding allocates nothing.</summary>
internal sealed class CallRegistry
{
    private const int StripeCount = 8;
    private readonly Stripe[] _stripes = new Stripe[StripeCount];

    public CallRegistry()
    {
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Stripe();
        }
    }

    /// <returns>False when the registry is closed.</returns>
    public bool TryAdd(CallCore call)
    {
        call.RegistryStripe = Environment.CurrentManagedThreadId % StripeCount;
        var stripe = _stripes[call.RegistryStripe];
        lock (stripe.Lock)
        {
            if (stripe.Closed)
            {
                return false;
            }

            call.NextInRegistry = stripe.First;
            if (stripe.First is { } first)
            {
                first.PreviousInRegistry = call;
            }

            stripe.First = call;
            return true;
        }
    }

    public void Remove(CallCore call)
    {
        var stripe = _stripes[call.RegistryStripe];
        lock (stripe.Lock)
        {
            if (call.PreviousInRegistry is { } previous)
            {
                previous.NextInRegistry = call.NextInRegistry;
            }
            else if (ReferenceEquals(stripe.First, call))
            {
                stripe.First = call.NextInRegistry;
            }

            if (call.NextInRegistry is { } next)
            {
                next.PreviousInRegistry = call.PreviousInRegistry;
            }

            call.PreviousInRegistry = null;
            call.NextInRegistry = null;
        }
    }

    /// <summary>Lets no more calls in.</summary>
    /// <returns>Those that have not ended.</returns>
    public List<CallCore> Close()
    {
        List<CallCore> open = [];
        foreach (var stripe in _stripes)
        {
            lock (stripe.Lock)
            {
                stripe.Closed = true;
                for (var call = stripe.First; call is not null; call = call.NextInRegistry)
                {
                    open.Add(call);
                }
            }
        }

        return open;
    }

    private sealed class Stripe
    {
        public readonly Lock Lock = new();
        public CallCore? First;
        public bool Closed;
    }
}
