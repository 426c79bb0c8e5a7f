using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The <c>Connect</c> of a service.</summary>
internal sealed class ConnectBody
{
    // It decodes itself, and passes over names that it does not know.
    private static readonly GoStruct<ConnectBody> s_type = new GoStruct<ConnectBody>("ServiceConnect", "struct { SidecarServiceSnake *structs.ServiceDefinition \"json:\\\"sidecar_service\\\"\"; *structs.Alias }") { Lenient = true, End = static (_, body) => body.Sidecar ??= body._underscoredSidecar }
        .Add((d, v, t) => t._native = d.Bool(v), "Native")
        .Add((d, v, t) => t.Sidecar = ReadSidecar(d, v), "SidecarService")
        .Add((d, v, t) => t._underscoredSidecar = ReadSidecar(d, v), "sidecar_service");

    private static readonly GoStruct<ConnectBody> s_apiType = new GoStruct<ConnectBody>("AgentServiceConnect", "api.AgentServiceConnect")
        .Add((d, v, t) => t._native = d.Bool(v), "Native")
        .Add((_, _, _) => { }, "SidecarService");

    private bool _native;
    private ServiceDefinition? _underscoredSidecar;

    /// <summary>Null: it has none.</summary>
    public ServiceConnect? Connect => _native ? new ServiceConnect { Native = true } : null;

    /// <summary>The proxy that is to be registered with the service; null: none.</summary>
    public ServiceDefinition? Sidecar { get; private set; }

    public static ConnectBody Read(GoDecoder decoder, GoValue value, string package = CommonFields.Structs)
    {
        var body = new ConnectBody();
        if (package == CommonFields.Api)
        {
            decoder.Struct(value, s_apiType, body);
        }
        else
        {
            decoder.Custom(value, s_type, body);
        }

        return body;
    }

    private static ServiceDefinition? ReadSidecar(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var definition = new ServiceDefinition();
        decoder.Custom(value, ServiceDefinition.Type, definition);
        return definition;
    }
}
