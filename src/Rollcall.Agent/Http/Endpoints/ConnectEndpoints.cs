using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>
/// <c>connect/ca…</c> and <c>agent/connect…</c>: there is no mesh, so they say what a Consul says whose configuration has Connect disabled. Who may call whom is
/// known without one.
/// </summary>
internal sealed partial class ConnectEndpoints(AgentCore core)
{
    /// <summary>What is told where Connect is not enabled.</summary>
    public const string Disabled = "Connect must be enabled in order to use this endpoint";

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/connect/ca/roots", ("GET", RootsAsync));
        routes.Add("/v1/connect/ca/configuration", ("GET", request => DisabledAsync(request)), ("PUT", ConfigureAsync));
        routes.Add("/v1/agent/connect/ca/roots", ("GET", AgentRootsAsync));
        routes.Add("/v1/agent/connect/ca/leaf/", ("GET", request => DisabledAsync(request)));
        routes.Add("/v1/agent/connect/authorize", ("POST", AuthorizeAsync));
    }

    private ValueTask RootsAsync(AgentRequest request) =>
        QueryOptions.Parse(request, out _) is { } fault ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
        : request.Query["pem"] is { Length: > 0 } pem && GoBool.Read(pem) is null
            ? BadAsync(request, "The 'pem' query parameter must be a boolean value")
        : request.CatalogErrorAsync(core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : Disabled);

    private ValueTask AgentRootsAsync(AgentRequest request) => DisabledAsync(request, core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : Disabled);

    private static ValueTask DisabledAsync(AgentRequest request, string text = Disabled) => QueryOptions.Parse(request, out _) is { } fault
        ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
        : request.TextAsync(StatusCodes.Status500InternalServerError, text);

    private static async ValueTask ConfigureAsync(AgentRequest request)
    {
        var fault = await RequestBody.DecodeAsync(request, AuthorityBody.Type, new AuthorityBody()).ConfigureAwait(false);
        ValueTask Answer() => fault is not null ? BadAsync(request, $"Request decode failed: {fault}") : request.TextAsync(StatusCodes.Status500InternalServerError, Disabled);
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask AuthorizeAsync(AgentRequest request)
    {
        var body = new AuthorizeBody();
        var fault = await RequestBody.DecodeAsync(request, AuthorizeBody.Type, body).ConfigureAwait(false) is { } bad ? $"Request decode failed: {bad}"
            : body.Target.Length == 0 ? "Target service must be specified"
            : null;
        var caller = Service().Match(body.ClientUri);
        if (fault is null && !caller.Success)
        {
            fault = OtherIdentifier().IsMatch(body.ClientUri) ? "ClientCertURI not a valid Service identifier" : "ClientCertURI not a valid Connect identifier";
        }

        if (fault is not null)
        {
            await BadAsync(request, fault).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Service, body.Target, AclAccess.Write);
        AclDeniedException.Unless(request.Access.AllowsIntention(body.Target, AclAccess.Read));

        var (space, source) = (Uri.UnescapeDataString(caller.Groups["space"].Value), Uri.UnescapeDataString(caller.Groups["service"].Value));
        var decides = IntentionLookup.Deciding(core.Store.Root.Records.Intentions, space, source, Intention.DefaultNamespace, body.Target);
        if (decides is { DestinationName: not Intention.Wildcard and var called })
        {
            // Found in any case, so it may be another's.
            request.Demand(AclResource.Service, called, AclAccess.Write);
            AclDeniedException.Unless(request.Access.AllowsIntention(called, AclAccess.Read));
        }

        var reason = decides is not null ? $"Matched intention: {decides}" : request.Acl.IsEnabled ? "Default behavior configured by ACLs" : "ACLs disabled, access is allowed by default";
        request.SetCached(core.Cached.Ask(request, body.Target));
        await request.JsonAsync((Allowed: decides?.Allows ?? request.Acl.AllowsByDefault, reason), static (json, verdict) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("Authorized"u8, verdict.Allowed);
            json.WriteString("Reason"u8, verdict.reason);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static ValueTask BadAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: {fault}");

    [GeneratedRegex("^(?i:spiffe)://[^/?#]*/ns/(?<space>[^/?#]+)/dc/[^/?#]+/svc/(?<service>[^/?#]+)$")]
    private static partial Regex Service();

    // Those of agents, and of authorities themselves.
    [GeneratedRegex("^(?i:spiffe)://([^/?#]*/agent/client/dc/[^/?#]+/id/[^/?#]+|[^/?#.]+\\.[^/?#]*)$")]
    private static partial Regex OtherIdentifier();
}
