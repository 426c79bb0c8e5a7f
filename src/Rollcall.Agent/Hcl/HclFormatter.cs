using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Hcl;

/// <summary>Lays HCL out as HCL's own program does: each member apart, those of one line each under one another with their equals signs in a column.</summary>
internal static class HclFormatter
{
    private const int Indent = 2;

    /// <summary>The text, laid out; null with what is wrong, and where.</summary>
    /// <param name="text">HCL, or a JSON object.</param>
    /// <param name="rename">Gives each key, as it is written, another name or its own.</param>
    /// <param name="error">What is wrong.</param>
    public static string? Format(string text, Func<string, string> rename, out string error)
    {
        var isJson = text.TrimStart().StartsWith('{');
        var value = isJson ? GoJsonParser.Parse(Encoding.UTF8.GetBytes(text), out error) : HclReader.Read(text, out error);
        if (value is null)
        {
            return null;
        }

        try
        {
            var items = isJson ? HclItems.Of(value, rename) : HclItems.Of(text, rename);
            var output = new StringBuilder();
            Write(output, items, 0);
            return items is [.., { Head: "" }] ? output.Append('\n').ToString() : output.ToString();
        }
        catch (HclSyntaxException fault)
        {
            error = fault.Message;
            return null;
        }
    }

    private static void Write(StringBuilder output, IReadOnlyList<HclItem> items, int depth)
    {
        var at = 0;
        while (at < items.Count)
        {
            // The outermost members always stand apart.
            var end = at + 1;
            while (depth > 0 && end < items.Count && items[end].Follows(items[end - 1]))
            {
                end++;
            }

            output.Append(at > 0 ? "\n\n" : "");
            WriteGroup(output, [.. items.Skip(at).Take(end - at)], depth);
            at = end;
        }
    }

    private static void WriteGroup(StringBuilder output, List<HclItem> group, int depth)
    {
        var margin = new string(' ', depth * Indent);
        var heads = group.Max(static item => item.Head.Length);
        var values = group.Max(static item => item.Value?.Length ?? 0);
        for (var i = 0; i < group.Count; i++)
        {
            var item = group[i];
            output.Append(i > 0 ? "\n" : "").Append(margin).AppendJoin($"\n{margin}", item.Comments);
            if (item.Head.Length == 0)
            {
                continue;
            }

            output.Append(item.Comments.Count > 0 ? $"\n{margin}" : "");
            if (item.Value is null)
            {
                output.Append(item.Head).Append(" {");
                if (item.Body.Count > 0)
                {
                    output.Append('\n');
                    Write(output, item.Body, depth + 1);
                    output.Append('\n').Append(margin);
                }

                output.Append('}');
                continue;
            }

            // The sign is the last of the head.
            output.Append(item.Head[..^1].PadRight(heads - 1)).Append("= ").Append(item.Value);
            output.Append(item.Trail.Length > 0 ? $"{new string(' ', values - item.Value.Length + 1)}{item.Trail}" : "");
        }
    }
}
