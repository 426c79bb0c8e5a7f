using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Sequences.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>What a picker is made from.</summary>
/// <param name="Endpoints">What to pick from, in a stable order; may be empty. Never two equal ones.</param>
/// <param name="Previous">
/// The picker that the new one replaces, whose place in its order it may carry on; null for the first. It may be one of another policy, and
/// calls that it lent, and even picks from it, may go on for a while.
/// </param>
public sealed record PickerInput(ImmutableArray<Endpoint> Endpoints, EndpointPicker? Previous = null)
{
    private ImmutableArray<EndpointState> _states;

    /// <summary>What is known of each endpoint, by its slot.</summary>
    /// <value>Default: as in <see cref="Previous"/>, and nothing yet of endpoints that are new.</value>
    public ImmutableArray<EndpointState> States
    {
        get => _states.IsDefault ? _states = EndpointStates.Carry(Previous, Endpoints) : _states;
        init => _states = value;
    }

    /// <summary>Where choices by chance come from, also during picks; thread-safe.</summary>
    /// <value>Default <see cref="Random.Shared"/>.</value>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>The clock of latencies.</summary>
    /// <value>Default the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether picks and ends of calls are counted in <see cref="States"/>. Policies that go by the number of calls in flight need it.
    /// </summary>
    /// <value>Default true.</value>
    public bool CountsCalls { get; init; } = true;

    /// <summary>Hears of the end of every call, after the policy; null: nobody.</summary>
    internal ICallObserver? Observer { get; init; }

    /// <summary>The sequence that all callers of the service share; null: there is none.</summary>
    internal Func<SharedSequence>? Sequence { get; init; }

    /// <summary>For what goes wrong in the background.</summary>
    internal ILogger Logger { get; init; } = NullLogger.Instance;
}
