using System.Text;

namespace Rollcall.Grpc.Dynamic;

/// <summary>A path of a field mask: <c>display_name</c> on the wire, <c>displayName</c> in JSON. False for what would not come back the same.</summary>
internal static class FieldMaskText
{
    public static bool TryToSnakeCase(ReadOnlySpan<char> path, out string snake)
    {
        var result = new StringBuilder(path.Length + 4);
        foreach (var c in path)
        {
            if (char.IsAsciiLetterUpper(c))
            {
                result.Append('_').Append(char.ToLowerInvariant(c));
            }
            else
            {
                result.Append(c);
            }
        }

        snake = result.ToString();
        return !path.Contains('_');
    }

    public static bool TryToCamelCase(string path, out string camel)
    {
        var result = new StringBuilder(path.Length);
        var afterUnderscore = false;
        foreach (var c in path)
        {
            if (char.IsAsciiLetterUpper(c) || (afterUnderscore && !char.IsAsciiLetterLower(c)))
            {
                camel = "";
                return false;
            }

            if (c != '_')
            {
                result.Append(afterUnderscore ? char.ToUpperInvariant(c) : c);
            }

            afterUnderscore = c == '_';
        }

        camel = result.ToString();
        return !afterUnderscore;
    }
}
