using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Picks as another policy does, and keeps what it is told of the calls.</summary>
internal sealed class RecordingPolicy(IBalancingPolicy inner) : IBalancingPolicy
{
    private int _open;

    public string Name => "recording";

    public ConcurrentQueue<(string Endpoint, CallResult Result)> Outcomes { get; } = new();

    /// <summary>Picks whose end was not told yet.</summary>
    public int Open => Volatile.Read(ref _open);

    public EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous) =>
        new Picker(this, endpoints, inner.CreatePicker(endpoints, (previous as Picker)?.Inner));

    private sealed class Picker(RecordingPolicy policy, ImmutableArray<Endpoint> endpoints, EndpointPicker inner) : EndpointPicker
    {
        public EndpointPicker Inner => inner;

        public override bool TryPick(in PickContext context, out PickLease lease)
        {
            if (!inner.TryPick(context, out var picked))
            {
                lease = default;
                return false;
            }

            Interlocked.Increment(ref policy._open);
            lease = new PickLease(this, picked.Endpoint, endpoints.IndexOf(picked.Endpoint));
            return true;
        }

        protected override void OnCompleted(int slot, in CallOutcome outcome)
        {
            Interlocked.Decrement(ref policy._open);
            policy.Outcomes.Enqueue((endpoints[slot].Id, outcome.Result));
        }
    }
}
