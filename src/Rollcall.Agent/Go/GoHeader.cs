using System.Buffers;
using System.Globalization;
using System.Text;

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
                return $"net/http: invalid header field name {Quote(name)}";
            }

            if (values.FirstOrDefault(static value => !IsValue(value)) is { } value)
            {
                return $"net/http: invalid header field value {Quote(value)} for key {name}";
            }
        }

        return null;
    }

    /// <summary>Go's <c>%q</c>, of all but the rarer letters that can't be printed.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\a' => quoted.Append("\\a"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\v' => quoted.Append("\\v"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                '\x7f' => quoted.Append("\\u007f"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }
}
