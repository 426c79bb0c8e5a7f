using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>
/// Compares documents of two servers, which may be of different versions: a field that one of them does not have yet is as good as one that is empty, zero or false,
/// as in Go. What users wrote freely is compared as it is.
/// </summary>
internal static class Likeness
{
    private static readonly HashSet<string> s_free = ["Config", "Meta", "NodeMeta", "ServiceMeta"];

    /// <summary>Text that is the same for documents that say the same.</summary>
    public static string Form(JsonNode? node) => Reduce(node, free: false)?.ToJsonString() ?? "";

    private static JsonNode? Reduce(JsonNode? node, bool free)
    {
        switch (node)
        {
            case JsonObject document:
                var members = document
                    .OrderBy(static member => member.Key, StringComparer.Ordinal)
                    .Select(member => KeyValuePair.Create(member.Key, Reduce(member.Value, free || s_free.Contains(member.Key))))
                    .Where(static member => member.Value is not null)
                    .ToList();
                return members.Count == 0 ? null : new JsonObject(members);
            case JsonArray list:
                return list.Count == 0 ? null : new JsonArray([.. list.Select(item => Reduce(item, free))]);
            default:
                return node is null || (!free && IsZero(node)) ? null : node.DeepClone();
        }
    }

    private static bool IsZero(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.False => true,
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.Number => value.GetValue<double>() == 0,
        _ => false,
    };
}
