using System.Globalization;
using Rollcall.Agent.Http.Json;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>The hash that <c>agent/service/:id</c> waits on: FNV-1a over what the client sees. Opaque to clients.</summary>
internal static class ContentHash
{
    public static string Of(NodeService service)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in JsonBody.Build(pretty: false, service, static (json, service) => AgentJson.Service(json, service)).Span)
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
