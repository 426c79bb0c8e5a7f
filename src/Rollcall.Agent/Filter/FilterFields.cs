using System.Globalization;

namespace Rollcall.Agent.Filter;

/// <summary>The fields of a type that filters may name. Names are case-sensitive, as in Consul.</summary>
internal sealed class FilterFields<T>
{
    private readonly Dictionary<string, FilterField<T>> _fields = new(StringComparer.Ordinal);

    // Of maps of records, what the parts of a selector after the name stand for.
    private readonly Dictionary<string, Func<IReadOnlyList<string>, FilterField<T>?>> _inMaps = new(StringComparer.Ordinal);

    public FilterFields<T> Text(string name, Func<T, string> get) => Add(name, FilterKind.Text, item => [get(item)]);

    public FilterFields<T> Number(string name, Func<T, int> get) =>
        Add(name, FilterKind.Number, item => [get(item).ToString(CultureInfo.InvariantCulture)]);

    public FilterFields<T> Bool(string name, Func<T, bool> get) => Add(name, FilterKind.Bool, item => [get(item) ? "true" : "false"]);

    public FilterFields<T> List(string name, Func<T, IReadOnlyList<string>?> get) => Add(name, FilterKind.List, item => [get(item) ?? []]);

    public FilterFields<T> Map(string name, Func<T, IReadOnlyDictionary<string, string>?> get) =>
        Add(name, FilterKind.Map, item => [get(item)]);

    public FilterFields<T> Lists(string name, Func<T, IReadOnlyDictionary<string, IReadOnlyList<string>>> get) => Add(name, FilterKind.ListMap, item => [get(item)]);

    /// <summary>Records by names that clients choose.</summary>
    public FilterFields<T> RecordMap<TInner>(string name, Func<T, IReadOnlyDictionary<string, TInner>?> get, FilterFields<TInner> fields)
    {
        _inMaps.Add(name, Pick);
        return Add(name, FilterKind.RecordMap, item => [get(item)?.Keys ?? []]);

        FilterField<T>? Pick(IReadOnlyList<string> selector)
        {
            if (selector.Count == 1)
            {
                return new FilterField<T>(FilterKind.Record, static _ => []);
            }

            // What is not there has no value.
            return fields.Find([.. selector.Skip(1)], out var rest, out _) is { } field && rest.Count == 0
                ? new FilterField<T>(field.Kind, item => get(item) is { } map && map.TryGetValue(selector[0], out var found) ? field.Get(found) : [null])
                : null;
        }
    }

    /// <summary>Texts that lie in a record of their own.</summary>
    public FilterFields<T> Record(string name, params ReadOnlySpan<(string Name, Func<T, string> Get)> texts)
    {
        Add(name, FilterKind.Record, static _ => []);
        foreach (var (inner, get) in texts)
        {
            Text($"{name}.{inner}", get);
        }

        return this;
    }

    /// <summary>All fields of a record under one name.</summary>
    public FilterFields<T> Record<TInner>(string name, Func<T, TInner> get, FilterFields<TInner> fields) => Records(name, FilterKind.Record, item => [get(item)], fields);

    /// <summary>All fields of each record of a list under one name.</summary>
    public FilterFields<T> Records<TInner>(string name, Func<T, IEnumerable<TInner>> get, FilterFields<TInner> fields) => Records(name, FilterKind.Records, get, fields);

    private FilterFields<T> Records<TInner>(string name, FilterKind kind, Func<T, IEnumerable<TInner>> get, FilterFields<TInner> fields)
    {
        Add(name, kind, item => get(item).Cast<object?>());
        foreach (var (inner, field) in fields._fields)
        {
            Add($"{name}.{inner}", field.Kind, item => get(item).SelectMany(field.Get));
        }

        foreach (var (inner, pick) in fields._inMaps)
        {
            _inMaps.Add($"{name}.{inner}", selector => pick(selector) is { } field ? new FilterField<T>(field.Kind, item => get(item).SelectMany(field.Get)) : null);
        }

        return this;
    }

    /// <summary>The longest name that the selector begins with, and what it leaves over.</summary>
    public FilterField<T>? Find(IReadOnlyList<string> selector, out IReadOnlyList<string> rest, out string valid)
    {
        for (var length = selector.Count; length > 0; length--)
        {
            valid = string.Join('.', selector.Take(length));
            if (length < selector.Count && _inMaps.TryGetValue(valid, out var pick) && pick([.. selector.Skip(length)]) is { } picked)
            {
                rest = [];
                return picked;
            }

            if (_fields.TryGetValue(valid, out var field))
            {
                rest = [.. selector.Skip(length)];
                return field;
            }
        }

        (rest, valid) = (selector, "");
        return null;
    }

    private FilterFields<T> Add(string name, FilterKind kind, Func<T, IEnumerable<object?>> get)
    {
        _fields.Add(name, new FilterField<T>(kind, get));
        return this;
    }
}
