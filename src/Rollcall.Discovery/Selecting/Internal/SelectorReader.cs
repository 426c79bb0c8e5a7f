using System.Collections.Immutable;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Gathers the parameters that make up one selector.</summary>
/// <param name="prefix">What their names start with; empty for the selector of the whole target.</param>
internal sealed class SelectorReader(string prefix)
{
    private const string Meta = "meta.";

    private readonly List<string> _tags = [];
    private readonly List<string> _anyTags = [];
    private readonly List<string> _noTags = [];
    private readonly Dictionary<string, string> _metadata = [];
    private VersionRange? _version;
    private string? _port;

    /// <summary>Their names without the prefix, as messages list them.</summary>
    public static ImmutableArray<string> Names { get; } = ["tag", "anytag", "nottag", "version", "port", "env", "protocol", Meta + "KEY"];

    public EndpointSelector Selector => new()
    {
        Tags = [.. _tags],
        AnyTags = [.. _anyTags],
        NoTags = [.. _noTags],
        Metadata = _metadata.ToImmutableSortedDictionary(StringComparer.Ordinal, StringComparer.Ordinal),
        Version = _version,
        Port = _port,
    };

    public bool IsEmpty => _tags.Count + _anyTags.Count + _noTags.Count + _metadata.Count == 0 && _version is null && _port is null;

    public static bool Knows(string name) => Names.Contains(name) || name.StartsWith(Meta, StringComparison.Ordinal);

    /// <summary>Takes one parameter that <see cref="Knows"/> knows.</summary>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Take(string name, string value)
    {
        switch (name)
        {
            case "tag":
                _tags.Add(value);
                return null;
            case "anytag":
                _anyTags.Add(value);
                return null;
            case "nottag":
                _noTags.Add(value);
                return null;
            case "version" when _version is not null:
                return MoreThanOnce(name);
            case "version":
                return VersionRange.TryParse(value, out _version, out var fault) ? null : fault.TrimEnd('.');
            case "port" when _port is not null:
                return MoreThanOnce(name);
            case "port":
                _port = value;
                return null;
            case Meta:
                return $"after '{prefix}{Meta}' there is no key";
            default:
                var key = name.StartsWith(Meta, StringComparison.Ordinal) ? name[Meta.Length..] : name;
                return _metadata.TryAdd(key, value) ? null : MoreThanOnce(name);
        }
    }

    private string MoreThanOnce(string name) => $"the parameter '{prefix}{name}' is there more than once";
}
