using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Picks as another policy does, and keeps what it is told of the calls.</summary>
internal sealed class RecordingPolicy(IBalancingPolicy inner) : IBalancingPolicy
{
    private int _open;

    public string Name => "recording";

    public ConcurrentQueue<(string Endpoint, CallResult Result)> Outcomes { get; } = new();

    public ConcurrentQueue<CallOutcome> Ended { get; } = new();

    /// <summary>Picks whose end was not told yet.</summary>
    public int Open => Volatile.Read(ref _open);

    public EndpointPicker CreatePicker(PickerInput input) =>
        new Picker(this, input, inner.CreatePicker(input with { Previous = (input.Previous as Picker)?.Inner }));

    private sealed class Picker(RecordingPolicy policy, PickerInput input, EndpointPicker inner) : EndpointPicker(input)
    {
        public EndpointPicker Inner => inner;

        public override int Choose(in PickContext context)
        {
            Interlocked.Increment(ref policy._open);
            return inner.Choose(context);
        }

        public override void OnReplaced(int slot, int other)
        {
            inner.OnReplaced(slot, other);
            if (other < 0)
            {
                Interlocked.Decrement(ref policy._open);
            }
        }

        public override void OnCompleted(int slot, in CallOutcome outcome)
        {
            inner.OnCompleted(slot, outcome);
            Interlocked.Decrement(ref policy._open);
            policy.Ended.Enqueue(outcome);
            policy.Outcomes.Enqueue((Endpoints[slot].Id, outcome.Result));
        }
    }
}
