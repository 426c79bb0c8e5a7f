using System.Net;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>Config entries of the kinds that both sides know, or that the source knows: the target says why it does not take the others.</summary>
/// <param name="withIntentions">Whether intentions are among them, as both sides keep them so.</param>
internal sealed class ConfigEntries(bool withIntentions) : DefinitionKind
{
    /// <summary>The kind that intentions are kept as since Consul 1.9.</summary>
    public const string IntentionsKind = "service-intentions";

    /// <summary>As old as config entries.</summary>
    private const string OldestKind = "proxy-defaults";

    /// <summary>What others rest on comes first. Those that Consul makes itself are left out (bound-api-gateway).</summary>
    private static readonly string[] s_kinds =
    [
        OldestKind, "service-defaults", "service-resolver", "service-splitter", "service-router", "ingress-gateway", "terminating-gateway", "mesh", "sameness-group",
        "exported-services", "jwt-provider", IntentionsKind, "file-system-certificate", "inline-certificate", "api-gateway", "http-route", "tcp-route",
        "control-plane-request-limit",
    ];

    public override string Plural => "config entries";

    public override string Since => "1.5";

    /// <summary>Whether a side knows a kind.</summary>
    public static async Task<bool> KnowsAsync(ConsulClient side, string kind, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadKindAsync(side, kind, cancellationToken) is not null;
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    public override async Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var found = new List<Definition>();
        foreach (var kind in s_kinds.Where(kind => withIntentions || kind != IntentionsKind))
        {
            found.AddRange((await ReadKindAsync(side, kind, cancellationToken) ?? []).Select(entry => Read(kind, entry)));
        }

        return new Inventory(found);
    }

    public override async Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken) =>
        await target.WriteAsync(HttpMethod.Put, ["config"], here.Content, there?.ModifyIndex ?? 0, cancellationToken) is JsonValue answer
        && answer.TryGetValue<bool>(out var written)
        && written;

    /// <summary>Null: the side does not know the kind. It answers that with 400 or 500, as it does for much else, so it is asked for one that it has to know, too.</summary>
    private static async Task<IReadOnlyList<JsonObject>?> ReadKindAsync(ConsulClient side, string kind, CancellationToken cancellationToken)
    {
        try
        {
            return await ListAsync(side, ["config", kind], cancellationToken);
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.InternalServerError && kind != OldestKind)
        {
            await ListAsync(side, ["config", OldestKind], cancellationToken);
            return null;
        }
    }

    private static Definition Read(string kind, JsonObject entry)
    {
        // "Status" is what Consul makes of routes and gateways.
        var content = Without(entry, "CreateIndex", "ModifyIndex", "Hash", "Status");
        if (kind == IntentionsKind)
        {
            WithoutHistory(content);
        }

        var label = $"{kind} {Text(entry, "Name")}";
        return new Definition(label, label, content) { ModifyIndex = ModifyIndex(entry) };
    }

    /// <summary>Consul refuses what tells that an intention was once made by the older API.</summary>
    private static void WithoutHistory(JsonObject entry)
    {
        foreach (var source in (entry["Sources"] as JsonArray ?? []).OfType<JsonObject>())
        {
            foreach (var name in source.Select(static member => member.Key).Where(static name => name.StartsWith("Legacy", StringComparison.Ordinal)).ToList())
            {
                source.Remove(name);
            }
        }
    }
}
