namespace Rollcall.Discovery.Balancing.Canary;

/// <summary>Parts a list by a rule, and spreads the calls of each part by a policy.</summary>
internal sealed class CanaryPolicy(IBalancingPolicy inner, CanaryRule rule) : IBalancingPolicy
{
    public string Name => inner.Name;

    public bool UsesHashKey => inner.UsesHashKey;

    public TimeSpan? ConnectionAttemptDelay => inner.ConnectionAttemptDelay;

    public CanaryRule Rule => rule;

    /// <summary>The side of all endpoints of a picker that this policy made; null: there are some of each side.</summary>
    public bool? SideOf(EndpointPicker picker) => picker is CanaryPicker || picker.Endpoints.IsEmpty ? null : rule.Instances.Matches(picker.Endpoints[0]);

    public EndpointPicker CreatePicker(PickerInput input)
    {
        var trial = input.Endpoints.Count(rule.Instances.Matches);
        return trial > 0 && trial < input.Endpoints.Length
            ? new CanaryPicker(input, inner, rule)
            : inner.CreatePicker(input with { Previous = (input.Previous as CanaryPicker)?.Of(trial > 0) ?? input.Previous, States = input.States });
    }
}
