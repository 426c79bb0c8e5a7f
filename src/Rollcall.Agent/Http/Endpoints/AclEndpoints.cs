using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/bootstrap</c>, <c>acl/replication</c> and <c>agent/token/…</c>.</summary>
internal sealed class AclEndpoints(AgentCore core, TimeProvider time, string? dataDirectory)
{
    // Whoever can write here may have lost his tokens, and gets a new one. As in Consul, an agent that keeps nothing looks where it was started.
    private readonly string _resetFile = Path.Combine(dataDirectory ?? "", "acl-bootstrap-reset");

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/bootstrap", ("PUT", AclRequests.Guard(BootstrapAsync)));
        routes.Add("/v1/acl/replication", ("GET", AclRequests.Guard(ReplicationAsync)));
        routes.Add("/v1/agent/token/", ("PUT", AclRequests.Guard(AgentTokenAsync)));
        new AclTokenEndpoints(core, time).Map(routes);
        new AclPolicyEndpoints(core).Map(routes);
        new AclRoleEndpoints(core).Map(routes);
        new AclAuthMethodEndpoints(core, time).Map(routes);
        new AclBindingRuleEndpoints(core, time).Map(routes);
        new AclLoginEndpoints(core, time).Map(routes);
        new LegacyAclEndpoints(core).Map(routes);
        new AuthorizationEndpoints(core).Map(routes);
    }

    private async ValueTask BootstrapAsync(AgentRequest request)
    {
        var reset = ReadReset();
        var (token, usedAt) = await core.Store
            .ApplyAsync(new BootstrapAcl(AclBuiltIn.ManagementToken(Guid.NewGuid().ToString("D"), "Bootstrap Token (Global Management)", time.GetUtcNow()), reset))
            .ConfigureAwait(false);
        if (token is null)
        {
            ValueTask Answer() => reset is null
                ? request.TextAsync(
                    StatusCodes.Status403Forbidden,
                    string.Create(CultureInfo.InvariantCulture, $"{AclDeniedException.Denied}: ACL bootstrap no longer allowed (reset index: {usedAt})"))
                : AclRequests.FailAsync(request, string.Create(CultureInfo.InvariantCulture, $"Invalid bootstrap reset index (specified {reset}, reset index: {usedAt})"));
            await Answer().ConfigureAwait(false);
            return;
        }

        if (reset is not null)
        {
            File.Delete(_resetFile);
        }

        await request.JsonAsync((core.Store.Root.Acl, token), static (json, state) => AclJson.Bootstrap(json, state.Acl, state.token)).ConfigureAwait(false);
    }

    /// <summary>The commit that may be repeated; null: none.</summary>
    private ulong? ReadReset()
    {
        try
        {
            return ulong.TryParse(File.ReadAllText(_resetFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var index) ? index : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async ValueTask AgentTokenAsync(AgentRequest request)
    {
        var body = new AgentTokenBody();
        if (!await RequestBody.TryDecodeAsync(request, AgentTokenBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        bool known;
        try
        {
            known = request.Acl.Tokens.Give(request.Tail, body.Token);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"Failed to persist tokens - {failure.Message}").ConfigureAwait(false);
            return;
        }

        ValueTask Answer() => known ? request.EmptyAsync() : request.TextAsync(StatusCodes.Status404NotFound, $"Token \"{request.Tail}\" is unknown");
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask ReplicationAsync(AgentRequest request)
    {
        ValueTask Answer() =>
            QueryOptions.Parse(request, out _) is { } fault ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
            : core.IsOtherDatacenter(request.Query["dc"]) ? AclRequests.FailAsync(request, AgentCore.NoPath)
            : request.JsonAsync(0, static (json, _) => Replication(json));
        await Answer().ConfigureAwait(false);
    }

    private static void Replication(Utf8JsonWriter json)
    {
        const string Never = "0001-01-01T00:00:00Z";
        json.WriteStartObject();
        json.WriteBoolean("Enabled"u8, false);
        json.WriteBoolean("Running"u8, false);
        json.WriteString("SourceDatacenter"u8, "");
        json.WriteString("ReplicationType"u8, "");
        json.WriteNumber("ReplicatedIndex"u8, 0);
        json.WriteNumber("ReplicatedRoleIndex"u8, 0);
        json.WriteNumber("ReplicatedTokenIndex"u8, 0);
        json.WriteString("LastSuccess"u8, Never);
        json.WriteString("LastError"u8, Never);
        json.WriteEndObject();
    }
}
