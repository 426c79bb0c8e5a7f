using System.Text.Json;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Acl.Login;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/binding-rule…</c>.</summary>
internal sealed class AclBindingRuleEndpoints(AgentCore core, TimeProvider time)
{
    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/binding-rules", ("GET", AclRequests.GuardNamespaced(ListAsync)));
        routes.Add("/v1/acl/binding-rule", ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, ""))));
        routes.Add(
            "/v1/acl/binding-rule/",
            ("GET", AclRequests.GuardNamespaced(request => _acl.ShowAsync(
                request,
                AclKinds.BindingRules,
                AclRequests.Id,
                static (state, id) => state.BindingRules.Find(id.ToLowerInvariant()),
                Write,
                static (request, _) => AclRequests.AbsentAsync(request)))),
            ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, request.Tail.ToLowerInvariant()))),
            ("DELETE", AclRequests.GuardNamespaced(request => _acl.DeleteAsync(request, AclKinds.BindingRules))));
    }

    private ValueTask ListAsync(AgentRequest request)
    {
        var method = request.Query["authmethod"];
        return _acl.ListAsync(request, AclKinds.BindingRules, rule => method.Length == 0 || rule.IsOf(method), Write);
    }

    private async ValueTask PutAsync(AgentRequest request, string id)
    {
        var body = new AclBindingRuleBody();
        if (!await AclRequests.DecodeAsync(request, "BindingRule", AclBindingRuleBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        if (body.Id.Length > 0 && body.Id != id)
        {
            await AclRequests.BadAsync(request, "BindingRule ID in URL and payload do not match").ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);

        var state = core.Store.Root.Acl;
        var known = state.BindingRules.Find(id);
        var rule = new AclBindingRule
        {
            Id = id.Length > 0 ? id : Guid.NewGuid().ToString("D"),
            Description = body.Description,
            AuthMethod = body.AuthMethod.Length > 0 ? body.AuthMethod : known?.AuthMethod ?? "",
            Selector = body.Selector,
            BindType = body.BindType,
            BindName = body.BindName,
        };
        var fault = id.Length > 0 && AclNames.WrittenIdFault("Binding Rule", id) is { } badId ? badId
            : id.Length > 0 && known is null ? $"cannot find {AclKinds.BindingRules.Name} {id}"
            : known is not null && known.AuthMethod != rule.AuthMethod ? "the AuthMethod field of an Binding Rule is immutable"
            : rule.AuthMethod.Length == 0 ? "Invalid Binding Rule: no AuthMethod is set"
            : Fault(state, rule);
        await _acl.SaveAsync(request, new PutAcl<AclBindingRule>(AclKinds.BindingRules, rule, known is null), fault, Write).ConfigureAwait(false);
    }

    private string? Fault(AclState state, AclBindingRule rule)
    {
        if (state.FindAuthMethod(rule.AuthMethod) is not { } method)
        {
            // The store says so, for it may be gone when the rule gets there, too.
            return null;
        }

        using var type = LoginMethods.Create(method, time, out var settings);
        return type is null ? settings : BindingRules.Fault(rule, type);
    }

    private static void Write(Utf8JsonWriter json, AclState state, AclBindingRule rule) => AclJson.BindingRule(json, rule);
}
