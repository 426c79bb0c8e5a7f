using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>
/// Keeps once what the instances of an answer have in common: node, name, tags and metadata of most are the same, and would otherwise be most of what
/// a list takes. For one answer; not thread-safe.
/// </summary>
internal sealed class AlikeParts
{
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    // Instances that differ come in no order, but hardly ever in many kinds: the last one finds nearly all.
    private ImmutableArray<string> _tags = [];
    private FrozenDictionary<string, string> _metadata = FrozenDictionary<string, string>.Empty;

    public string Text(string text)
    {
        if (_texts.TryGetValue(text, out var known))
        {
            return known;
        }

        _texts.Add(text);
        return text;
    }

    public ImmutableArray<string> Tags(IReadOnlyList<string>? tags)
    {
        if (tags is not { Count: > 0 })
        {
            return [];
        }

        return _tags.SequenceEqual(tags, StringComparer.Ordinal) ? _tags : _tags = [.. tags.Select(Text)];
    }

    public FrozenDictionary<string, string> Metadata(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
        {
            return FrozenDictionary<string, string>.Empty;
        }

        return _metadata.Count == metadata.Count && metadata.All(pair => _metadata.TryGetValue(pair.Key, out var value) && value == pair.Value)
            ? _metadata
            : _metadata = metadata.ToFrozenDictionary(pair => Text(pair.Key), pair => Text(pair.Value), StringComparer.Ordinal);
    }
}
