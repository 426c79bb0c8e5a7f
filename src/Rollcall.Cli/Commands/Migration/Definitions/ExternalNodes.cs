using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>
/// Nodes of the catalog that no agent runs, with their services and checks. An agent's node has the check <c>serfHealth</c>; what is registered at an agent is not
/// carried, because an agent there removes from its node what it does not know.
/// </summary>
internal sealed class ExternalNodes : DefinitionKind
{
    private const string SerfHealth = "serfHealth";

    public override string Plural => "nodes without an agent, their services and checks";

    public override string Since => "0.1";

    public override async Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var nodes = await ListAsync(side, ["catalog", "nodes"], cancellationToken);
        var checks = (await ListAsync(side, ["health", "state", "any"], cancellationToken)).ToLookup(static check => Text(check, "Node"), StringComparer.OrdinalIgnoreCase);
        var found = new List<Definition>();
        var ofAgents = 0;
        foreach (var node in nodes)
        {
            var name = Text(node, "Node");
            if (checks[name].Any(static check => Text(check, "CheckID") == SerfHealth))
            {
                ofAgents++;
                found.Add(Read(node) with { Obstacle = "an agent runs this node" });
                continue;
            }

            found.Add(Read(node));
            var services = (await GetAsync(side, ["catalog", "node", name], cancellationToken))["Services"] as JsonObject ?? [];
            found.AddRange(services.Select(static service => service.Value).OfType<JsonObject>().Select(service => Part(node, "Service", "ID", service)));
            found.AddRange(checks[name].Select(check => Part(node, "Check", "CheckID", check)));
        }

        return new Inventory(
            found,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Nodes that agents run ({ofAgents}) are not carried, nor what is registered at them: services register themselves at the agents there."));
    }

    public override async Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken)
    {
        await target.WriteAsync(HttpMethod.Put, ["catalog", "register"], here.Content, cancellationToken: cancellationToken);
        return true;
    }

    /// <summary>How a check is is carried with it once, and then is the business of whoever probes there.</summary>
    public override bool Same(Definition here, Definition there) => Likeness.Form(Compared(here)) == Likeness.Form(Compared(there));

    private static Definition Read(JsonObject node)
    {
        var content = Without(node, "Datacenter", "Meta", "CreateIndex", "ModifyIndex");
        content["NodeMeta"] = node["Meta"]?.DeepClone();
        return new Definition($"node {Text(node, "Node")}", NodeKey(node), content);
    }

    private static Definition Part(JsonObject node, string kind, string idField, JsonObject part)
    {
        var (name, id) = (Text(node, "Node"), Text(part, idField));
        var content = new JsonObject
        {
            ["Node"] = name,
            ["Address"] = Text(node, "Address"),
            ["SkipNodeUpdate"] = true,
            [kind] = Without(part, "ServiceName", "ServiceTags", "CreateIndex", "ModifyIndex"),
        };
        return new Definition($"{(kind == "Service" ? "service" : "check")} {id} of node {name}", $"{kind}\n{name}\n{id}", content) { Parent = NodeKey(node) };
    }

    private static JsonNode Compared(Definition definition) =>
        definition.Content["Check"] is JsonObject check ? Without(check, "Status", "Output") : definition.Content["Service"] ?? definition.Content;

    private static string NodeKey(JsonObject node) => $"Node\n{Text(node, "Node")}";
}
