namespace Rollcall.Agent.Http;

/// <summary>The parameters of a query, in order, decoded as Go decodes them. A parameter without a value is present and empty.</summary>
internal readonly struct Query
{
    private readonly List<KeyValuePair<string, string>>? _pairs;

    private Query(List<KeyValuePair<string, string>> pairs, bool malformed) => (_pairs, IsMalformed) = (pairs, malformed);

    /// <summary>Whether there was a percent sign without two hexadecimal digits.</summary>
    public bool IsMalformed { get; }

    public static Query Parse(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return default;
        }

        var pairs = new List<KeyValuePair<string, string>>(4);
        var malformed = false;

        // Consul's Go still takes a semicolon for an ampersand.
        foreach (var range in text.SplitAny("&;"))
        {
            var part = text[range];
            var equals = part.IndexOf('=');

            if (PercentDecoder.TryDecode(equals < 0 ? part : part[..equals], plusIsSpace: true, out var name)
                && PercentDecoder.TryDecode(equals < 0 ? default : part[(equals + 1)..], plusIsSpace: true, out var value))
            {
                if (!part.IsEmpty)
                {
                    pairs.Add(new(name, value));
                }
            }
            else
            {
                malformed = true;
            }
        }

        return new Query(pairs, malformed);
    }

    /// <summary>All of them, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs ?? [];

    public bool Has(string name) => Find(name) is not null;

    /// <summary>The first value of a parameter, or empty.</summary>
    public string this[string name] => Find(name) ?? "";

    public IEnumerable<string> All(string name) => (_pairs ?? []).Where(pair => pair.Key == name).Select(pair => pair.Value);

    private string? Find(string name)
    {
        if (_pairs is not null)
        {
            foreach (var pair in _pairs)
            {
                if (pair.Key == name)
                {
                    return pair.Value;
                }
            }
        }

        return null;
    }
}
