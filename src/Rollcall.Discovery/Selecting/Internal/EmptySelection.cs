using System.Collections.Immutable;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Words for why a selector leaves no instance.</summary>
internal static class EmptySelection
{
    private const int MaxListed = 3;

    public static string Explain(ImmutableArray<Endpoint> all, EndpointSelector selector)
    {
        var reasons = all.GroupBy(endpoint => selector.WhyNot(endpoint))
            .OrderByDescending(static reason => reason.Count())
            .Select(static reason => $"{reason.Count()} {reason.Key}")
            .ToList();
        var listed = string.Join(", ", reasons.Take(MaxListed)) + (reasons.Count > MaxListed ? ", …" : "");
        return $"of {all.Length} none is selected by {selector} ({listed})";
    }
}
