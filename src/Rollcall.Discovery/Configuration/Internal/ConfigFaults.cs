using System.Collections.Immutable;

namespace Rollcall.Discovery.Configuration.Internal;

/// <summary>Gathers what is wrong with a service config.</summary>
internal sealed class ConfigFaults
{
    private readonly OrderedDictionary<string, string> _byPath = new(StringComparer.Ordinal);

    public int Count => _byPath.Count;

    /// <summary>Notes a fault. The first one of a path stands: what follows from it is no news.</summary>
    /// <param name="path">As <see cref="ServiceConfigFault.Path"/>.</param>
    /// <param name="problem">As <see cref="ServiceConfigFault.Problem"/>.</param>
    public void Add(string path, string problem) => _byPath.TryAdd(path, problem);

    public void Require(bool holds, string path, string problem)
    {
        if (!holds)
        {
            Add(path, problem);
        }
    }

    public ImmutableArray<ServiceConfigFault> ToArray() => [.. _byPath.Select(static fault => new ServiceConfigFault(fault.Key, fault.Value))];
}
