using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Chains;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>discovery-chain/</c>: what config entries make of calls to a service, where Connect is enabled. Nothing here would go by it.</summary>
/// <param name="core">What it works on.</param>
/// <param name="enabled">Whether Connect is.</param>
/// <param name="clusterId">What names in the mesh end in; null: it is made of those of datacenter and node.</param>
internal sealed class ChainEndpoints(AgentCore core, bool enabled, string? clusterId)
{
    private static readonly ConfigField[] s_overrides =
    [
        new("OverrideMeshGateway", ConfigType.Struct, true, new ConfigField("Mode", ConfigType.Text)),
        new("OverrideProtocol", ConfigType.Text),
        new("OverrideConnectTimeout", ConfigType.Duration),
    ];

    private readonly CatalogRead _read = new(core);

    // Whoever trusts the names in chains trusts one agent.
    private readonly string _trustDomain = $"{clusterId?.ToLowerInvariant() ?? AgentIdentity.IdOf(core.Identity.Datacenter, $"mesh of {core.Identity.NodeName}")}.consul";

    public void Map(RouteTable routes) => routes.Add("/v1/discovery-chain/", ("GET", GetAsync), ("POST", PostAsync));

    private ValueTask GetAsync(AgentRequest request) => Fault(request) is { } fault ? request.TextAsync(StatusCodes.Status400BadRequest, fault) : AnswerAsync(request, ChainOverrides.None);

    private async ValueTask PostAsync(AgentRequest request)
    {
        var fault = Fault(request);
        var overrides = ChainOverrides.None;
        if (fault is null)
        {
            (overrides, fault) = await ReadOverridesAsync(request).ConfigureAwait(false);
        }

        ValueTask Answer() => fault is null ? AnswerAsync(request, overrides) : request.TextAsync(StatusCodes.Status400BadRequest, fault);
        await Answer().ConfigureAwait(false);
    }

    private static string? Fault(AgentRequest request) => QueryOptions.Parse(request, out _)
        ?? (request.Tail.Length == 0 ? "Bad request: Missing chain name" : QueryOptions.NamespaceFault(request.Query));

    private async ValueTask AnswerAsync(AgentRequest request, ChainOverrides overrides)
    {
        if (!enabled)
        {
            await request.CatalogErrorAsync(ConnectEndpoints.Disabled).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Service, request.Tail, AclAccess.Read);
        if (await _read.BeginAsync(request, Topic.ConfigEntries, static (root, _) => root.Records.ConfigEntries.Index, cacheable: true).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        AclDeniedException.Unless(ConfigAcl.CanReadChain(request.Access, root.Records.ConfigEntries, request.Tail));
        var own = core.Identity.Datacenter;
        var chain = ChainCompiler.Compile(
            new ChainRequest(request.Tail, request.Query["compile-dc"] is { Length: > 0 } other ? other : own, own) { Overrides = overrides },
            new ChainEntries(root.Records.ConfigEntries),
            out var fault);
        ValueTask Answer() => chain is null
            ? request.CatalogErrorAsync($"failed to compile discovery chain: {fault}")
            : request.JsonAsync((Chain: chain, Domain: _trustDomain), static (json, shown) => ChainJson.Chain(json, shown.Chain, shown.Domain));
        await Answer().ConfigureAwait(false);
    }

    private static async ValueTask<(ChainOverrides Overrides, string? Fault)> ReadOverridesAsync(AgentRequest request)
    {
        const string Undecodable = "Bad request: Request decoding failed: ";
        if (await request.ReadBodyAsync(RequestBody.MaxBytes).ConfigureAwait(false) is not { } body)
        {
            return (ChainOverrides.None, $"{Undecodable}http: request body too large");
        }

        if (ConfigDecoder.Parse(body, out var fault) is not { } value || ConfigDecoder.Decode(value, s_overrides, out fault, lenient: true) is not { } fields)
        {
            return (ChainOverrides.None, Undecodable + fault);
        }

        var overrides = new ChainOverrides(fields["OverrideMeshGateway"]["Mode"].Text, fields["OverrideProtocol"].Text, fields["OverrideConnectTimeout"].Text);
        return (overrides, overrides.MeshGateway is "" or "none" or "local" or "remote" ? null : "Invalid OverrideMeshGateway.Mode parameter");
    }
}
