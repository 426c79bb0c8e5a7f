using System.Buffers;

namespace Rollcall.Agent.Go;

/// <summary>What may stand in a header of HTTP. .NET sends line breaks in a value as they are, and what follows them is a header of its own.</summary>
internal static class GoHeader
{
    // RFC 9110 5.6.2.
    private static readonly SearchValues<char> s_name = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(s_name);

    public static bool IsValue(string value) => !value.Any(static letter => letter is < ' ' and not '\t' or '\x7f');

    /// <summary>Why headers can't be sent, in the words of Go's client; null: they can.</summary>
    public static string? Fault(IReadOnlyDictionary<string, IReadOnlyList<string>> headers)
    {
        foreach (var (name, values) in headers)
        {
            if (!IsName(name))
            {
                return $"net/http: invalid header field name {GoQuoted.Write(name)}";
            }

            if (values.FirstOrDefault(static value => !IsValue(value)) is { } value)
            {
                return $"net/http: invalid header field value {GoQuoted.Write(value)} for key {name}";
            }
        }

        return null;
    }
}
