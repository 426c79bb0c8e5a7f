using System.Net;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions.Acl;

/// <summary>A part of access control. Parts name each other: ids are another on each side, and are left out.</summary>
internal abstract class AclDefinitions : DefinitionKind
{
    private static readonly string[] s_links = ["Policies", "Roles"];

    public override string Since => "1.4";

    public sealed override async Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAllAsync(side, cancellationToken);
        }
        catch (ConsulException failure) when (failure is { StatusCode: HttpStatusCode.Unauthorized, Body: "ACL support disabled" })
        {
            throw new CommandFailure($"Access control is off at {side.Address}: switch it on there (acl.enabled = true), or leave out --acl.", ExitCode.Failure, failure);
        }
    }

    protected abstract Task<Inventory> ReadAllAsync(ConsulClient side, CancellationToken cancellationToken);

    /// <summary>Makes one, or replaces the one with an id, as all parts do.</summary>
    protected static async Task<bool> PutAsync(RawClient target, string part, string? id, JsonObject content, CancellationToken cancellationToken)
    {
        await target.WriteAsync(HttpMethod.Put, id is null ? ["acl", part] : ["acl", part, id], content, cancellationToken: cancellationToken);
        return true;
    }

    /// <summary>Links to policies and roles by name alone.</summary>
    protected static JsonObject Linked(JsonObject document, params ReadOnlySpan<string> without)
    {
        var content = Without(document, [.. without, "Hash", "CreateIndex", "ModifyIndex"]);
        foreach (var link in s_links.SelectMany(field => content[field] as JsonArray ?? []).OfType<JsonObject>())
        {
            link.Remove("ID");
        }

        return content;
    }
}
