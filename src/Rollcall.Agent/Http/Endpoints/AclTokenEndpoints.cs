using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/token…</c>.</summary>
internal sealed class AclTokenEndpoints(AgentCore core, TimeProvider time)
{
    private const string Clone = "/clone";

    /// <summary>The least time that a token may be given.</summary>
    public static readonly TimeSpan MinTtl = TimeSpan.FromMinutes(1);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromHours(24);

    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/tokens", ("GET", AclRequests.GuardNamespaced(ListAsync)));
        routes.Add("/v1/acl/token", ("PUT", AclRequests.GuardNamespaced(CreateAsync)));
        routes.Add("/v1/acl/token/self", ("GET", AclRequests.Guard(SelfAsync)));
        routes.Add("/v1/acl/token/", ("GET", AclRequests.GuardNamespaced(GetAsync)), ("PUT", AclRequests.GuardNamespaced(PutAsync)), ("DELETE", AclRequests.GuardNamespaced(DeleteAsync)));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (QueryOptions.NamespaceFault(request.Query, "authmethod-ns") is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        if (await _acl.ReadAsync(request, AclKinds.Tokens).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        var (policy, role, method) = (request.Query["policy"], request.Query["role"], request.Query["authmethod"]);
        if (new[] { policy, role, method }.Count(static wanted => wanted.Length > 0) > 1)
        {
            await request.CatalogErrorAsync("can only filter by one of policy, role, or methodName at a time").ConfigureAwait(false);
            return;
        }

        var now = time.GetUtcNow();
        var tokens = root.Acl.Tokens.Rows.Values.Where(token => !token.IsExpired(now)
            && (method.Length == 0 || token.AuthMethod == method)
            && (policy.Length == 0 || token.PolicyIds.Contains(policy))
            && (role.Length == 0 || token.RoleIds.Contains(role)));
        request.SetIndex(root.Acl.Tokens.Index);
        await AclRequests.ListAsync(request, tokens, (json, token) => AclJson.Listed(json, root.Acl, token)).ConfigureAwait(false);
    }

    private async ValueTask SelfAsync(AgentRequest request)
    {
        if (await _acl.ReadAsync(request, AclKinds.Tokens, need: null).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        // Who sends no token is not told of the anonymous one.
        request.SetIndex(root.Acl.Tokens.Index);
        ValueTask Answer() => request.Secret.Length + request.Acl.Tokens.Default.Length > 0 && request.Acl.FindToken(root.Acl, request.Secret) is { } token
            ? request.JsonAsync((root.Acl, token), static (json, state) => AclJson.Token(json, state.Acl, state.token, hidden: false))
            : AclRequests.NotFoundAsync(request);
        await Answer().ConfigureAwait(false);
    }

    private ValueTask GetAsync(AgentRequest request) => _acl.ShowAsync(
        request,
        AclKinds.Tokens,
        AclRequests.Id,
        Find,
        (json, state, token) => AclJson.Token(json, state, token, hidden: !request.Access.Allows(AclResource.Acl, "", AclAccess.Write)),
        AclRequests.NotFoundAsync);

    private async ValueTask CreateAsync(AgentRequest request)
    {
        var body = new AclTokenBody();
        if (!await AclRequests.DecodeAsync(request, "Token", AclTokenBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        AclRequests.DemandWrite(request);

        await SaveAsync(request, body, null).ConfigureAwait(false);
    }

    private async ValueTask PutAsync(AgentRequest request)
    {
        if (request.Tail.EndsWith(Clone, StringComparison.Ordinal))
        {
            await CloneAsync(request, request.Tail[..^Clone.Length]).ConfigureAwait(false);
            return;
        }

        var body = new AclTokenBody();
        if (!await AclRequests.DecodeAsync(request, "Token", AclTokenBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var id = request.Tail.ToLowerInvariant();
        if (body.AccessorId.Length > 0 && body.AccessorId != id)
        {
            await AclRequests.BadAsync(request, "Token Accessor ID in URL and payload do not match").ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);

        body.AccessorId = id;
        if (AclNames.IdFault("token", id) is { } fault)
        {
            await AclRequests.FailAsync(request, $"Failed acl token lookup by accessor: {fault}").ConfigureAwait(false);
            return;
        }

        if (Find(core.Store.Root.Acl, id) is not { } known)
        {
            await AclRequests.FailAsync(request, $"Cannot find token \"{id}\"").ConfigureAwait(false);
            return;
        }

        await SaveAsync(request, body, known).ConfigureAwait(false);
    }

    private async ValueTask CloneAsync(AgentRequest request, string id)
    {
        var body = new AclTokenBody();
        if (!await AclRequests.DecodeAsync(request, "Token", AclTokenBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        AclRequests.DemandWrite(request);

        if (AclNames.IdFault("token", id) is { } fault)
        {
            await AclRequests.FailAsync(request, fault).ConfigureAwait(false);
            return;
        }

        if (Find(core.Store.Root.Acl, id) is not { } token)
        {
            await AclRequests.NotFoundAsync(request).ConfigureAwait(false);
            return;
        }

        var refusal = token.AuthMethod.Length > 0 ? "Cannot clone a token created from an auth method"
            : token.Rules.Length > 0 ? "Cannot clone a legacy ACL with this endpoint"
            : null;
        if (refusal is not null)
        {
            await AclRequests.FailAsync(request, refusal).ConfigureAwait(false);
            return;
        }

        var clone = token with
        {
            LegacyType = "",
            AccessorId = Guid.NewGuid().ToString("D"),
            SecretId = Guid.NewGuid().ToString("D"),
            Description = body.Description.Length > 0 ? body.Description : token.Description,
            CreateTime = time.GetUtcNow(),
        };
        await _acl.SaveAsync(request, new PutAclToken(clone, IsNew: true), null, Write).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        if (await AclRequests.IsUnnamedAsync(request, AclKinds.Tokens).ConfigureAwait(false))
        {
            return;
        }

        AclRequests.DemandWrite(request);

        var token = Guid.TryParseExact(request.Tail, "D", out _) ? core.Store.Root.Acl.FindToken(request.Tail) : null;
        var fault = !Guid.TryParseExact(request.Tail, "D", out _) ? "Accessor ID is missing or an invalid UUID"
            : request.Tail == AclToken.AnonymousAccessor ? "Delete operation not permitted on the anonymous token"
            : token is not null && token.SecretId == request.Secret ? "Deletion of the request's authorization token is not permitted"
            : null;
        if (fault is not null)
        {
            await AclRequests.FailAsync(request, fault).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(new DeleteAclToken(request.Tail)).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    /// <param name="request">The request.</param>
    /// <param name="body">What the client wants.</param>
    /// <param name="known">The token as it is; null: a new one.</param>
    private async ValueTask SaveAsync(AgentRequest request, AclTokenBody body, AclToken? known)
    {
        var now = time.GetUtcNow();
        var fault = known is null ? FaultOfNew(body) : FaultOfChange(body, known);
        var expires = known?.ExpirationTime;
        if (known is null)
        {
            fault ??= ExpirationFault(body, now, out expires);
        }

        fault ??= body.Rules.Length > 0 ? "Rules cannot be specified for this token" : null;
        var state = core.Store.Root.Acl;
        var token = new AclToken
        {
            AccessorId = known?.AccessorId ?? (body.AccessorId.Length > 0 ? body.AccessorId : Guid.NewGuid().ToString("D")),
            SecretId = known?.SecretId ?? (body.SecretId.Length > 0 ? body.SecretId : Guid.NewGuid().ToString("D")),
            Description = body.Description,
            PolicyIds = AclLinks.Policies(state, body.Policies, ref fault),
            RoleIds = AclLinks.Roles(state, body.Roles, ref fault),
            ServiceIdentities = AclLinks.Services(body.ServiceIdentities, "token", body.Local, ref fault),
            NodeIdentities = AclLinks.Nodes(body.NodeIdentities, "token", ref fault),
            Local = body.Local,
            AuthMethod = known?.AuthMethod ?? "",
            ExpirationTime = expires,
            CreateTime = known?.CreateTime ?? now,
        };
        await _acl.SaveAsync(request, new PutAclToken(token, known is null), fault, Write).ConfigureAwait(false);
    }

    private static string? FaultOfNew(AclTokenBody body) =>
        body.AuthMethod.Length > 0 ? "AuthMethod field is disallowed outside of Login"
        : body.AccessorId.Length > 0 && AclNames.IdFault("token", body.AccessorId) is { } lookup ? $"Failed acl token lookup by accessor: {lookup}"
        : body.AccessorId.Length > 0 && !Guid.TryParseExact(body.AccessorId, "D", out _) ? "Invalid Token: AccessorID is not a valid UUID"
        : body.SecretId.Length > 0 && !Guid.TryParseExact(body.SecretId, "D", out _) ? "Invalid Token: SecretID is not a valid UUID"
        : null;

    private static string? FaultOfChange(AclTokenBody body, AclToken known) =>
        body.SecretId.Length > 0 && body.SecretId != known.SecretId ? "Changing a tokens SecretID is not permitted"
        : body.Local != known.Local ? $"cannot toggle local mode of {known.AccessorId}"
        : body.AuthMethod.Length > 0 && body.AuthMethod != known.AuthMethod ? $"Cannot change AuthMethod of {known.AccessorId}"
        : body.ExpirationTtl != 0 || (body.ExpirationTime is { } wanted && wanted != known.ExpirationTime) ? $"Cannot change expiration time of {known.AccessorId}"
        : null;

    private static string? ExpirationFault(AclTokenBody body, DateTimeOffset now, out DateTimeOffset? expires)
    {
        expires = body.ExpirationTime;
        if (body.ExpirationTtl != 0)
        {
            if (expires is not null)
            {
                return "Token Expiration TTL and Expiration Time cannot both be set";
            }

            if (body.ExpirationTtl < 0)
            {
                return $"Token Expiration TTL '{GoDuration.FormatNanoseconds(body.ExpirationTtl)}' should be > 0";
            }

            expires = now + GoDuration.FromNanoseconds(body.ExpirationTtl);
        }

        if (expires is not { } at)
        {
            return null;
        }

        var left = at - now;
        var text = body.ExpirationTtl != 0 ? GoDuration.FormatNanoseconds(body.ExpirationTtl) : GoDuration.Format(left);
        return left < TimeSpan.Zero ? "ExpirationTime cannot be before CreateTime"
            : left < MinTtl ? $"ExpirationTime cannot be less than 1m0s in the future (was {text})"
            : left > MaxTtl ? $"ExpirationTime cannot be more than 24h0m0s in the future (was {text})"
            : null;
    }

    private static void Write(Utf8JsonWriter json, AclState state, AclToken token) => AclJson.Token(json, state, token, hidden: false);

    private AclToken? Find(AclState state, string accessor) => state.FindToken(accessor) is { } token && !token.IsExpired(time.GetUtcNow()) ? token : null;
}
