using System.Collections.Concurrent;

namespace Rollcall.Discovery.Internal;

/// <summary>
/// Bounds the values that instances give to an attribute: a service's first ones keep their ids, however many come and go after them.
/// Thread-safe.
/// </summary>
internal sealed class InstanceNames
{
    public const int MaxPerService = 1000;
    public const string Other = "_other";

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string>> _known = new();

    public string Of(string service, string id)
    {
        var known = _known.GetOrAdd(service, static _ => new ConcurrentDictionary<string, string>());
        if (known.TryGetValue(id, out var name))
        {
            return name;
        }

        // Counting locks the whole dictionary, but only ids that are new pay for it.
        return known.Count < MaxPerService ? known.GetOrAdd(id, id) : Other;
    }
}
