namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>Why a balancing policy can't be made.</summary>
/// <param name="Policy">The policy or wrapper whose fields are wrong; null: no policy has the name.</param>
/// <param name="Problem">All that is wrong with them, without a full stop.</param>
/// <param name="Path">Where the policy stands within the fields of the outermost one, such as <c>.childPolicy[0].random</c>; empty: it is that one.</param>
internal readonly record struct PolicyFault(string? Policy, string Problem, string Path = "")
{
    /// <summary>A sentence for a person.</summary>
    public override string ToString() => Policy is null ? $"{Problem}." : $"The fields of '{Policy}' can't be used: {Problem}.";
}
