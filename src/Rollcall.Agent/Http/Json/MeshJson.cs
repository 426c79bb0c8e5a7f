using System.Text.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes what a service is in a service mesh.</summary>
internal static class MeshJson
{
    private static readonly ServiceProxy s_noProxy = new();

    /// <summary>The proxy and connect parts as the catalog shows them: of every service.</summary>
    public static void Parts(Utf8JsonWriter json, ReadOnlySpan<byte> proxy, ReadOnlySpan<byte> connect, NodeService service)
    {
        json.WritePropertyName(proxy);
        Proxy(json, service.Proxy ?? s_noProxy, ofAgent: false);
        json.WriteStartObject(connect);
        TrueIfSet(json, "Native"u8, service.Connect?.Native ?? false);
        json.WriteEndObject();
    }

    /// <summary>The same as the agent shows them: only of services that are such.</summary>
    public static void PartsOfAgent(Utf8JsonWriter json, NodeService service)
    {
        if (service.Kind is ServiceKind.ConnectProxy or ServiceKind.MeshGateway or ServiceKind.TerminatingGateway or ServiceKind.IngressGateway)
        {
            json.WritePropertyName("Proxy"u8);
            Proxy(json, service.Proxy ?? s_noProxy, ofAgent: true);
        }

        if (service.Connect?.Native == true)
        {
            json.WriteStartObject("Connect"u8);
            json.WriteBoolean("Native"u8, true);
            json.WriteEndObject();
        }
    }

    /// <summary>What a gateway leads to.</summary>
    public static void Links(Utf8JsonWriter json, IReadOnlyList<GatewayLink>? links)
    {
        if (links is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        foreach (var link in links)
        {
            json.WriteStartObject();
            Named(json, "Gateway"u8, link.Gateway);
            Named(json, "Service"u8, link.Service);
            json.WriteString("GatewayKind"u8, link.Kind);
            NumberIfSet(json, "Port"u8, link.Port);
            WireJson.TextIfSet(json, "Protocol"u8, link.Protocol);
            if (link.Hosts is not null)
            {
                WireJson.Texts(json, "Hosts"u8, link.Hosts);
            }

            WireJson.TextIfSet(json, "CAFile"u8, link.CaFile);
            WireJson.TextIfSet(json, "CertFile"u8, link.CertFile);
            WireJson.TextIfSet(json, "KeyFile"u8, link.KeyFile);
            WireJson.TextIfSet(json, "SNI"u8, link.Sni);
            TrueIfSet(json, "FromWildcard"u8, link.FromWildcard);
            json.WriteNumber("CreateIndex"u8, link.CreateIndex);
            json.WriteNumber("ModifyIndex"u8, link.ModifyIndex);
            json.WriteEndObject();
        }

        json.WriteEndArray();

        static void Named(Utf8JsonWriter json, ReadOnlySpan<byte> what, string name)
        {
            json.WriteStartObject(what);
            json.WriteString("Name"u8, name);
            json.WriteEndObject();
        }
    }

    private static void Proxy(Utf8JsonWriter json, ServiceProxy proxy, bool ofAgent)
    {
        json.WriteStartObject();
        WireJson.TextIfSet(json, "DestinationServiceName"u8, proxy.DestinationServiceName);
        WireJson.TextIfSet(json, "DestinationServiceID"u8, proxy.DestinationServiceId);
        WireJson.TextIfSet(json, "LocalServiceAddress"u8, proxy.LocalServiceAddress);
        NumberIfSet(json, "LocalServicePort"u8, proxy.LocalServicePort);
        if (proxy.Config is { } config && config.EnumerateObject().Any())
        {
            json.WritePropertyName("Config"u8);
            config.WriteTo(json);
        }

        if (proxy.Upstreams is { Count: > 0 } upstreams)
        {
            json.WriteStartArray("Upstreams"u8);
            foreach (var upstream in upstreams)
            {
                Upstream(json, upstream, ofAgent);
            }

            json.WriteEndArray();
        }

        MeshGateway(json, proxy.MeshGateway);
        Expose(json, proxy.Expose);
        json.WriteEndObject();
    }

    // The catalog leaves less out.
    private static void Upstream(Utf8JsonWriter json, ServiceUpstream upstream, bool ofAgent)
    {
        json.WriteStartObject();
        json.WriteString("DestinationType"u8, upstream.DestinationType);
        WireJson.TextIfSet(json, "DestinationNamespace"u8, upstream.DestinationNamespace);
        json.WriteString("DestinationName"u8, upstream.DestinationName);
        if (!ofAgent || upstream.Datacenter.Length > 0)
        {
            json.WriteString("Datacenter"u8, upstream.Datacenter);
        }

        WireJson.TextIfSet(json, "LocalBindAddress"u8, upstream.LocalBindAddress);
        if (!ofAgent || upstream.LocalBindPort != 0)
        {
            json.WriteNumber("LocalBindPort"u8, upstream.LocalBindPort);
        }

        if (upstream.Config is { } config && (!ofAgent || config.EnumerateObject().Any()))
        {
            json.WritePropertyName("Config"u8);
            config.WriteTo(json);
        }
        else if (!ofAgent)
        {
            json.WriteNull("Config"u8);
        }

        MeshGateway(json, upstream.MeshGateway);
        json.WriteEndObject();
    }

    private static void MeshGateway(Utf8JsonWriter json, ServiceMeshGateway gateway)
    {
        json.WriteStartObject("MeshGateway"u8);
        WireJson.TextIfSet(json, "Mode"u8, gateway.Mode);
        json.WriteEndObject();
    }

    private static void Expose(Utf8JsonWriter json, ServiceExpose expose)
    {
        json.WriteStartObject("Expose"u8);
        TrueIfSet(json, "Checks"u8, expose.Checks);
        if (expose.Paths is { Count: > 0 } paths)
        {
            json.WriteStartArray("Paths"u8);
            foreach (var path in paths)
            {
                json.WriteStartObject();
                NumberIfSet(json, "ListenerPort"u8, path.ListenerPort);
                WireJson.TextIfSet(json, "Path"u8, path.Path);
                NumberIfSet(json, "LocalPathPort"u8, path.LocalPathPort);
                WireJson.TextIfSet(json, "Protocol"u8, path.Protocol);
                json.WriteBoolean("ParsedFromCheck"u8, path.ParsedFromCheck);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void NumberIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, long number)
    {
        if (number != 0)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void TrueIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, true);
        }
    }
}
