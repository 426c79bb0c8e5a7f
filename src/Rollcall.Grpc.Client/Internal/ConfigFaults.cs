using System.Text;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Gathers what is wrong with a service config, each fault by its path.</summary>
/// <param name="fromJson">Whether the config was JSON; otherwise paths are shown in the names of the classes.</param>
internal sealed class ConfigFaults(bool fromJson)
{
    private readonly OrderedDictionary<string, string> _byPath = new(StringComparer.Ordinal);

    /// <summary>Notes a fault. The first one of a path stands: what follows from it is no news.</summary>
    /// <param name="path">As in JSON: <c>methodConfig[0].retryPolicy.maxAttempts</c>; empty for the whole.</param>
    /// <param name="fault">What is wrong, to be read after the path.</param>
    public void Add(string path, string fault) => _byPath.TryAdd(path, fault);

    /// <summary>All faults in one message; null when there is none.</summary>
    public string? Describe()
    {
        if (_byPath.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder("The service config can't be used: ");
        foreach (var (path, fault) in _byPath)
        {
            text.Append(path.Length == 0 ? "it" : Show(path)).Append(' ').Append(fault).Append("; ");
        }

        text.Length -= 2;
        return text.Append('.').ToString();
    }

    private string Show(string path) => fromJson ? path : string.Join('.', path.Split('.').Select(ToProperty));

    private static string ToProperty(string field)
    {
        var bracket = field.IndexOf('[', StringComparison.Ordinal);
        var (name, index) = bracket < 0 ? (field, "") : (field[..bracket], field[bracket..]);
        var plural = name is "methodConfig" or "name" or "loadBalancingConfig" ? "s" : "";
        return $"{char.ToUpperInvariant(name[0])}{name[1..]}{plural}{index}";
    }
}
