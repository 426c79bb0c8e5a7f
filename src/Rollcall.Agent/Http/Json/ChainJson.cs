using System.Text.Json;
using Rollcall.Agent.Chains;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes discovery chains.</summary>
internal static class ChainJson
{
    /// <param name="json">Where to.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="trustDomain">Ends the names that instances have in the mesh.</param>
    public static void Chain(Utf8JsonWriter json, DiscoveryChain chain, string trustDomain)
    {
        json.WriteStartObject();
        json.WriteStartObject("Chain"u8);
        json.WriteString("ServiceName"u8, chain.Service);
        json.WriteString("Namespace"u8, Intention.DefaultNamespace);
        json.WriteString("Datacenter"u8, chain.Datacenter);
        WireJson.TextIfSet(json, "CustomizationHash"u8, chain.Customization);
        json.WriteString("Protocol"u8, chain.Protocol);
        json.WriteString("StartNode"u8, chain.Start);
        json.WriteStartObject("Nodes"u8);
        foreach (var (key, node) in chain.Nodes)
        {
            json.WriteStartObject(key);
            json.WriteString("Type"u8, node.Kind);
            json.WriteString("Name"u8, node.Name);
            Node(json, node);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("Targets"u8);
        foreach (var (id, target) in chain.Targets)
        {
            json.WriteStartObject(id);
            Target(json, target, $"{id}.internal.{trustDomain}");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Node(Utf8JsonWriter json, ChainNode node)
    {
        switch (node)
        {
            case ChainRouter router:
                json.WriteStartArray("Routes"u8);
                foreach (var route in router.Routes)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("Definition"u8);
                    ConfigReader.Write(json, route.Definition);
                    json.WriteString("NextNode"u8, route.Next);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case ChainSplitter splitter:
                json.WriteStartArray("Splits"u8);
                foreach (var split in splitter.Splits)
                {
                    json.WriteStartObject();
                    if (split.Weight != 0)
                    {
                        json.WriteNumber("Weight"u8, split.Weight);
                    }

                    json.WriteString("NextNode"u8, split.Next);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case ChainResolver resolver:
                Resolver(json, resolver);
                break;
            default:
                break;
        }
    }

    private static void Resolver(Utf8JsonWriter json, ChainResolver resolver)
    {
        json.WriteStartObject("Resolver"u8);
        json.WriteString("ConnectTimeout"u8, resolver.ConnectTimeout);
        if (resolver.IsDefault)
        {
            json.WriteBoolean("Default"u8, true);
        }

        json.WriteString("Target"u8, resolver.Target);
        if (resolver.Failover.Count > 0)
        {
            json.WriteStartObject("Failover"u8);
            json.WritePropertyName("Targets"u8);
            WireJson.Texts(json, resolver.Failover);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Target(Utf8JsonWriter json, ChainTarget target, string name)
    {
        json.WriteString("ID"u8, target.Id);
        json.WriteString("Service"u8, target.Service);
        WireJson.TextIfSet(json, "ServiceSubset"u8, target.Subset);
        json.WriteString("Namespace"u8, target.Namespace);
        json.WriteString("Datacenter"u8, target.Datacenter);
        json.WriteStartObject("MeshGateway"u8);
        WireJson.TextIfSet(json, "Mode"u8, target.MeshGateway);
        json.WriteEndObject();
        json.WritePropertyName("Subset"u8);
        ConfigReader.Write(json, target.Selection.Kind == GoKind.Null ? new GoValue(GoKind.Object) : target.Selection);
        if (target.ExternalName.Length > 0)
        {
            json.WriteBoolean("External"u8, true);
        }

        json.WriteString("SNI"u8, target.ExternalName.Length > 0 ? target.ExternalName : name);
        json.WriteString("Name"u8, name);
    }
}
