using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Picks the first untried endpoint, the first one when all were tried, and keeps how calls ended.</summary>
internal sealed class RecordingPolicy : IBalancingPolicy
{
    public string Name => "recording";

    public ConcurrentQueue<(Endpoint Endpoint, CallOutcome Outcome)> Ended { get; } = new();

    public CallResult[] Results => [.. Ended.Select(e => e.Outcome.Result)];

    public EndpointPicker CreatePicker(PickerInput input) => new Picker(this, input);

    private sealed class Picker(RecordingPolicy policy, PickerInput input) : EndpointPicker(input)
    {
        public override int Choose(in PickContext context)
        {
            for (var i = 0; i < Endpoints.Length; i++)
            {
                if (!context.HasTried(Endpoints[i]))
                {
                    return i;
                }
            }

            return 0;
        }

        public override void OnCompleted(int slot, in CallOutcome outcome) => policy.Ended.Enqueue((Endpoints[slot], outcome));
    }
}
