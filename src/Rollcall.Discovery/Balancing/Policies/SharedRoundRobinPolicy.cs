using Rollcall.Discovery.Sequences.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>shared_round_robin</c>: one after the other, over all callers of the service together: each caller claims blocks of one sequence of numbers from
/// what the directory has for that (<see cref="Sequences.ISequenceSource"/>), before it needs them. A pick never waits: without a block, or without such
/// a source, it is round robin within the process. For services with many callers that make few calls each, or whose instances are few; where each
/// caller makes many calls, <c>round_robin</c> is as even.
/// </summary>
/// <remarks>Callers have to see the same list: those that leave out an instance go on in their own order meanwhile.</remarks>
public sealed class SharedRoundRobinPolicy : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "shared_round_robin";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Sequence?.Invoke() is { } sequence ? new Picker(input, sequence) : new RoundRobinPolicy().CreatePicker(input);
    }

    private sealed class Picker(PickerInput input, SharedSequence sequence) : EndpointPicker(input)
    {
        public override int Choose(in PickContext context) => (int)(sequence.Next(Endpoints.Length) % Endpoints.Length);
    }
}
