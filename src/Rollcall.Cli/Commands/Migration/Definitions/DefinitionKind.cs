using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>How definitions of a kind are read and written. Documents stay JSON, so that fields that only the two sides know are carried, too.</summary>
internal abstract class DefinitionKind
{
    /// <summary>For people, such as <c>config entries</c>.</summary>
    public abstract string Plural { get; }

    /// <summary>The version of Consul that they came with.</summary>
    public abstract string Since { get; }

    /// <summary>All that a side has.</summary>
    /// <exception cref="ConsulException">Its status is 404 if the side is older than these definitions.</exception>
    public abstract Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken);

    /// <summary>Makes or replaces one; false if it changed after it was read.</summary>
    public abstract Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken);

    /// <summary>Whether there is nothing to do.</summary>
    public virtual bool Same(Definition here, Definition there) => Likeness.Form(here.Content) == Likeness.Form(there.Content);

    /// <summary>What people have to know of one that is on both sides now; null: nothing.</summary>
    public virtual string? Remark(Definition here, Definition there) => null;

    protected static async Task<IReadOnlyList<JsonObject>> ListAsync(ConsulClient side, IReadOnlyList<string> path, CancellationToken cancellationToken)
    {
        var answer = (await side.Raw.ReadAsync(path, cancellationToken: cancellationToken)).Value;
        return answer is JsonArray list ? [.. list.OfType<JsonObject>()] : [];
    }

    protected static async Task<JsonObject> GetAsync(ConsulClient side, IReadOnlyList<string> path, CancellationToken cancellationToken) =>
        (await side.Raw.ReadAsync(path, cancellationToken: cancellationToken)).Value as JsonObject ?? [];

    /// <summary>A copy without some members.</summary>
    protected static JsonObject Without(JsonObject document, params ReadOnlySpan<string> names)
    {
        var copy = document.DeepClone().AsObject();
        foreach (var name in names)
        {
            copy.Remove(name);
        }

        return copy;
    }

    protected static string Text(JsonObject document, string name) => document[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    protected static ulong ModifyIndex(JsonObject document) =>
        document["ModifyIndex"] is JsonValue value && value.TryGetValue<ulong>(out var index) ? index : 0;
}
