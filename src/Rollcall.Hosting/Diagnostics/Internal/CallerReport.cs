using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>What one channel or client makes of a list. Immutable.</summary>
/// <param name="Policy">The policy in use.</param>
/// <param name="PolicyOrigin">Where it comes from; null: the caller's own options, or its target.</param>
/// <param name="ServiceConfig">The live config; null: none is followed.</param>
/// <param name="Retries">Attempts that were followed by another one.</param>
/// <param name="Localities">The groups of equally near instances, nearest first.</param>
/// <param name="Instances">Every one of the list.</param>
internal sealed record CallerReport(
    string Policy,
    string? PolicyOrigin,
    ServiceConfigReport? ServiceConfig,
    RetryCounts Retries,
    IReadOnlyList<LocalityDescription> Localities,
    IReadOnlyList<InstanceReport> Instances)
{
    public static CallerReport Of(BalancerDescription caller) => new(
        caller.Policy,
        caller.PolicyOrigin,
        caller.ServiceConfig is { } config ? ServiceConfigReport.Of(config) : null,
        caller.Retries,
        caller.Localities,
        [.. caller.Endpoints.Select(InstanceReport.Of)]);
}
