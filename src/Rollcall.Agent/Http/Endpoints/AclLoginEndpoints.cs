using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Acl.Login;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/login</c> and <c>acl/logout</c>.</summary>
internal sealed class AclLoginEndpoints(AgentCore core, TimeProvider time)
{
    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/login", ("POST", AclRequests.GuardNamespaced(LoginAsync)));
        routes.Add("/v1/acl/logout", ("POST", AclRequests.Guard(LogoutAsync)));
    }

    private async ValueTask LoginAsync(AgentRequest request)
    {
        var body = new AclLoginBody();
        if (await RequestBody.DecodeAsync(request, AclLoginBody.Type, body).ConfigureAwait(false) is { } bad)
        {
            await AclRequests.BadAsync(request, $"Failed to decode request body: {bad}").ConfigureAwait(false);
            return;
        }

        if (await IsElsewhereAsync(request).ConfigureAwait(false))
        {
            return;
        }

        if (core.Store.Root.Acl.FindAuthMethod(body.AuthMethod) is not { } method)
        {
            await AclRequests.NotFoundAsync(request).ConfigureAwait(false);
            return;
        }

        AclToken token;
        try
        {
            token = await TokenForAsync(method, body, request.Acl, request.Aborted).ConfigureAwait(false) ?? throw new AclDeniedException(AclDeniedException.Denied);
        }
        catch (LoginException failure)
        {
            await AclRequests.FailAsync(request, failure.Message).ConfigureAwait(false);
            return;
        }

        await _acl.SaveAsync(request, new LoginAcl(token, method), null, static (json, state, token) => AclJson.Token(json, state, token, hidden: false)).ConfigureAwait(false);
    }

    /// <summary>The token of somebody; null: no rule gives him anything.</summary>
    /// <exception cref="LoginException">He is not believed.</exception>
    private async Task<AclToken?> TokenForAsync(AclAuthMethod method, AclLoginBody body, AclGate gate, CancellationToken cancellation)
    {
        using var type = LoginMethods.Create(method, time, out var settings) ?? throw new LoginException(settings);
        var identity = await type.VerifyAsync(body.BearerToken, cancellation).ConfigureAwait(false);

        // The rules of now: finding out who that is may have taken a while.
        var state = core.Store.Root.Acl;
        var names = state.BindingRules.Rows.Values
            .Where(rule => rule.IsOf(method.Name) && Selects(rule))
            .Select(rule => (rule.BindType, Name: BindingRules.NameFor(rule, type, identity)))
            .Distinct()
            .OrderBy(static bound => bound.Name, StringComparer.Ordinal)
            .ToLookup(static bound => bound.BindType, static bound => bound.Name);
        var now = time.GetUtcNow();
        var token = new AclToken
        {
            AccessorId = Guid.NewGuid().ToString("D"),
            SecretId = Guid.NewGuid().ToString("D"),
            Description = body.Meta is { Count: > 0 } meta ? $"token created via login: {MetaText(meta)}" : "token created via login",
            RoleIds = [.. names[BindingRules.Role].Select(state.FindRole).OfType<AclRole>().Select(static role => role.Id)],
            ServiceIdentities = [.. names[BindingRules.Service].Select(static name => new AclServiceIdentity(name, null))],
            NodeIdentities = [.. names[BindingRules.Node].Select(name => new AclNodeIdentity(name, core.Identity.Datacenter))],
            Local = method.GivesLocalTokens,
            AuthMethod = method.Name,
            ExpirationTime = method.MaxTokenTtl > TimeSpan.Zero ? now + method.MaxTokenTtl : null,
            CreateTime = now,
        };
        return token.RoleIds.Count + token.ServiceIdentities.Count + token.NodeIdentities.Count > 0 ? token : null;

        bool Selects(AclBindingRule rule)
        {
            var selects = BindingRules.Selects(rule, type, identity, out var fault);
            if (fault.Length > 0)
            {
                gate.ReportUnreadable(rule, fault);
            }

            return selects;
        }
    }

    private async ValueTask LogoutAsync(AgentRequest request)
    {
        if (await IsElsewhereAsync(request).ConfigureAwait(false))
        {
            return;
        }

        if (request.Secret.Length == 0 || request.Acl.FindToken(core.Store.Root.Acl, request.Secret) is not { } token)
        {
            await AclRequests.NotFoundAsync(request).ConfigureAwait(false);
            return;
        }

        // Others are not given back but deleted, by who may.
        AclDeniedException.Unless(token.AuthMethod.Length > 0);
        await core.Store.ApplyAsync(new DeleteAcl<AclToken>(AclKinds.Tokens, token.SecretId)).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    private async ValueTask<bool> IsElsewhereAsync(AgentRequest request)
    {
        if (!core.IsOtherDatacenter(request.Query["dc"]))
        {
            return false;
        }

        await AclRequests.FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
        return true;
    }

    private static string MetaText(IReadOnlyDictionary<string, string> meta) => ConfigReader.TextOf(
        GoValue.OfMembers(meta.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, GoValue.OfText(pair.Value)))));
}
