using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>session/…</c>.</summary>
/// <param name="core">What endpoints work on.</param>
/// <param name="minTtl">The shortest TTL that a session may have.</param>
internal sealed class SessionEndpoints(AgentCore core, TimeSpan minTtl)
{
    private static readonly TimeSpan s_maxTtl = TimeSpan.FromHours(24);

    private readonly CatalogRead _read = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/session/create", ("PUT", CreateAsync));
        routes.Add("/v1/session/destroy/", ("PUT", DestroyAsync));
        routes.Add("/v1/session/renew/", ("PUT", RenewAsync));
        routes.Add("/v1/session/info/", ("GET", InfoAsync));
        routes.Add("/v1/session/node/", ("GET", NodeAsync));
        routes.Add("/v1/session/list", ("GET", ListAsync));
    }

    private async ValueTask CreateAsync(AgentRequest request)
    {
        var body = new SessionBody(core.Identity.NodeName);
        if (request.Context.Request.ContentLength is > 0 && !await RequestBody.TryDecodeAsync(request, SessionBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var ttl = TimeSpan.Zero;
        var fault = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : body.Node.Length == 0 ? "Must provide Node" : null;
        if (fault is null)
        {
            request.Demand(AclResource.Session, body.Node, AclAccess.Write);
            if (core.Store.Root.Catalog.FindNode(body.Node) is { } node)
            {
                // Its name may differ in case.
                request.Demand(AclResource.Session, node.Node.Node, AclAccess.Write);
            }
        }

        fault ??= body.Behavior is not ("" or SessionBehavior.Release or SessionBehavior.Delete) ? $"Invalid Behavior setting '{body.Behavior}'"
            : ReadTtl(body.Ttl, out ttl);
        var session = new Session
        {
            Id = Guid.NewGuid().ToString("D"),
            Name = body.Name,
            Node = body.Node,
            LockDelay = (long)(body.LockDelay.Ticks * (double)TimeSpan.NanosecondsPerTick),
            Behavior = body.Behavior.Length == 0 ? SessionBehavior.Release : body.Behavior,
            Ttl = body.Ttl,
            NodeChecks = body.ClearsNodeChecks ? [] : body.NodeChecks,
            ServiceChecks = body.ServiceChecks,
            Checks = body.NodeChecks is { Count: > 0 } ? body.Checks : null,
        };
        fault ??= await core.Store.ApplyAsync(new CreateSession(session)).ConfigureAwait(false);
        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        if (ttl > TimeSpan.Zero)
        {
            core.Sessions.Start(session.Id, ttl);
        }

        await request.JsonAsync(session.Id, static (json, id) =>
        {
            json.WriteStartObject();
            json.WriteString("ID"u8, id);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask DestroyAsync(AgentRequest request)
    {
        if (await RefuseAsync(request).ConfigureAwait(false))
        {
            return;
        }

        DemandItsNode(request);
        await core.Store.ApplyAsync(new EndSession(request.Tail)).ConfigureAwait(false);
        core.Sessions.Stop(request.Tail);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    private async ValueTask RenewAsync(AgentRequest request)
    {
        if (await RefuseAsync(request).ConfigureAwait(false))
        {
            return;
        }

        var id = request.Tail;
        DemandItsNode(request);
        core.Sessions.Renew(id);
        if (core.Store.Root.Sessions.Find(id) is not { } session)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, $"Session id '{id}' not found").ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(session, static (json, session) => SessionJson.Sessions(json, [session])).ConfigureAwait(false);
    }

    private ValueTask InfoAsync(AgentRequest request) =>
        ReadAsync(request, "session", static (root, id) => root.Sessions.Find(id) is { } session ? [session] : [], SessionId.Fault);

    private ValueTask NodeAsync(AgentRequest request) => ReadAsync(request, "node name", static (root, node) => root.Sessions.OfNode(node));

    private ValueTask ListAsync(AgentRequest request) => ReadAsync(request, null, static (root, _) => root.Sessions.Sessions.Values);

    private async ValueTask ReadAsync(AgentRequest request, string? missing, Func<StoreRoot, string, IEnumerable<Session>> select, Func<string, string?>? fault = null)
    {
        if (await _read.BeginAsync(request, missing).ConfigureAwait(false) is not { } options)
        {
            return;
        }

        // Who is nobody is told so before he learns what there is.
        _ = request.Access;
        if (fault?.Invoke(request.Tail) is { } refused)
        {
            await request.CatalogErrorAsync(refused).ConfigureAwait(false);
            return;
        }

        // All sessions have one index, as in Consul.
        var root = await core.Blocking
            .WaitAsync(options, Topic.Sessions, static (root, _) => root.Sessions.Index, request.Tail, request)
            .ConfigureAwait(false);
        request.SetIndex(root.Sessions.Index);
        var access = request.Access;
        await request.JsonAsync(
            select(root, request.Tail).Where(session => access.Allows(AclResource.Session, session.Node, AclAccess.Read)), SessionJson.Sessions).ConfigureAwait(false);
    }

    /// <summary>A session is as its node's; one that is not there is nobody's.</summary>
    private void DemandItsNode(AgentRequest request)
    {
        _ = request.Access;
        if (core.Store.Root.Sessions.Find(request.Tail) is { } session)
        {
            request.Demand(AclResource.Session, session.Node, AclAccess.Write);
        }
    }

    /// <summary>Answers a request that names no session.</summary>
    private async ValueTask<bool> RefuseAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing session").ConfigureAwait(false);
            return true;
        }

        var fault = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : null;
        if (fault is null)
        {
            // Who is nobody is told so before he learns what there is.
            _ = request.Access;
            fault = SessionId.Fault(request.Tail);
        }

        if (fault is null)
        {
            return false;
        }

        // To destroy one, its node has to be known first where there are access rules.
        var lookup = request.Acl.IsEnabled && fault != AgentCore.NoPath && request.Context.Request.Path.StartsWithSegments("/v1/session/destroy", StringComparison.Ordinal);
        await request.TextAsync(StatusCodes.Status500InternalServerError, lookup ? $"Session lookup failed: {fault}" : fault).ConfigureAwait(false);
        return true;
    }

    private string? ReadTtl(string text, out TimeSpan ttl)
    {
        ttl = TimeSpan.Zero;
        if (text.Length == 0)
        {
            return null;
        }

        var ok = GoDurationText.TryParseNanoseconds(text, out var nanoseconds, out var error);
        ttl = GoDuration.FromNanoseconds(nanoseconds);
        if (!ok)
        {
            return $"Session TTL '{text}' invalid: {error}";
        }

        return ttl == TimeSpan.Zero || (ttl >= minTtl && ttl <= s_maxTtl)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"Invalid Session TTL '{nanoseconds}', must be between [{GoDuration.Format(minTtl)}={GoDuration.Format(s_maxTtl)}]");
    }
}
