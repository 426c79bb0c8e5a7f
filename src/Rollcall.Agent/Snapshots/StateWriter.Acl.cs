using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Snapshots;

/// <summary>Tokens, policies and the like.</summary>
internal sealed partial class StateWriter
{
    private void Token(AclState state, AclToken token)
    {
        Begin(RecordType.AclToken);
        Map(
            ("AccessorID", () => _out.Text(token.AccessorId)),
            ("SecretID", () => _out.Text(token.SecretId)),
            ("Description", () => _out.Text(token.Description)),
            ("Policies", () => Links(token.PolicyIds, id => state.Policies.Find(id)?.Name)),
            ("Roles", () => Links(token.RoleIds, id => state.Roles.Find(id)?.Name)),
            ("ServiceIdentities", () => Services(token)),
            ("NodeIdentities", () => Nodes(token)),
            ("Type", () => _out.Text(token.LegacyType)),
            ("Rules", () => _out.Text(token.Rules)),
            ("Local", () => _out.Bool(token.Local)),
            ("AuthMethod", () => _out.Text(token.AuthMethod)),
            ("ExpirationTime", () =>
            {
                if (token.ExpirationTime is { } end)
                {
                    _out.Raw(GoTime.Write(end));
                }
                else
                {
                    _out.Null();
                }
            }),
            ("ExpirationTTL", () => _out.Number(0L)),
            ("CreateTime", () => _out.Raw(GoTime.Write(token.CreateTime))),
            ("Hash", () => _out.Raw(AclJson.HashOf(token))),
            ("CreateIndex", () => _out.Number(token.CreateIndex)),
            ("ModifyIndex", () => _out.Number(token.ModifyIndex)));
    }

    private void Policy(AclPolicy policy)
    {
        Begin(RecordType.AclPolicy);
        Map(
            ("ID", () => _out.Text(policy.Id)),
            ("Name", () => _out.Text(policy.Name)),
            ("Description", () => _out.Text(policy.Description)),
            ("Rules", () => _out.Text(policy.Rules)),
            ("Syntax", () => _out.Number(0L)),
            ("Datacenters", () => _out.Texts(policy.Datacenters)),
            ("Hash", () => _out.Raw(AclJson.HashOf(policy))),
            ("CreateIndex", () => _out.Number(policy.CreateIndex)),
            ("ModifyIndex", () => _out.Number(policy.ModifyIndex)));
    }

    private void Role(AclState state, AclRole role)
    {
        Begin(RecordType.AclRole);
        Map(
            ("ID", () => _out.Text(role.Id)),
            ("Name", () => _out.Text(role.Name)),
            ("Description", () => _out.Text(role.Description)),
            ("Policies", () => Links(role.PolicyIds, id => state.Policies.Find(id)?.Name)),
            ("ServiceIdentities", () => Services(role)),
            ("NodeIdentities", () => Nodes(role)),
            ("Hash", () => _out.Raw(AclJson.HashOf(role))),
            ("CreateIndex", () => _out.Number(role.CreateIndex)),
            ("ModifyIndex", () => _out.Number(role.ModifyIndex)));
    }

    private void BindingRule(AclBindingRule rule)
    {
        Begin(RecordType.AclBindingRule);
        Map(
            ("ID", () => _out.Text(rule.Id)),
            ("Description", () => _out.Text(rule.Description)),
            ("AuthMethod", () => _out.Text(rule.AuthMethod)),
            ("Selector", () => _out.Text(rule.Selector)),
            ("BindType", () => _out.Text(rule.BindType)),
            ("BindName", () => _out.Text(rule.BindName)),
            ("CreateIndex", () => _out.Number(rule.CreateIndex)),
            ("ModifyIndex", () => _out.Number(rule.ModifyIndex)));
    }

    private void AuthMethod(AclAuthMethod method)
    {
        Begin(RecordType.AclAuthMethod);
        Map(
            ("Name", () => _out.Text(method.Name)),
            ("Type", () => _out.Text(method.Type)),
            ("DisplayName", () => _out.Text(method.DisplayName)),
            ("Description", () => _out.Text(method.Description)),
            ("MaxTokenTTL", () => _out.Number(method.MaxTokenTtl.Ticks * TimeSpan.NanosecondsPerTick)),
            ("TokenLocality", () => _out.Text(method.TokenLocality)),
            ("Config", () => ConfigRecord.Any(_out, GoJsonParser.Parse(Encoding.UTF8.GetBytes(method.Config), out _) ?? GoValue.Null)),
            ("CreateIndex", () => _out.Number(method.CreateIndex)),
            ("ModifyIndex", () => _out.Number(method.ModifyIndex)));
    }

    // A link to what is gone is left out.
    private void Links(IReadOnlyList<string> ids, Func<string, string?> nameOf) => Maps([.. ids.Select(id => (id, Name: nameOf(id))).Where(static link => link.Name is not null)], link => Map(
        ("ID", () => _out.Text(link.id)),
        ("Name", () => _out.Text(link.Name!))));

    private void Services(AclGrants grants) => Maps(grants.ServiceIdentities, identity => Map(
        ("ServiceName", () => _out.Text(identity.ServiceName)),
        ("Datacenters", () => _out.Texts(identity.Datacenters))));

    private void Nodes(AclGrants grants) => Maps(grants.NodeIdentities, identity => Map(
        ("NodeName", () => _out.Text(identity.NodeName)),
        ("Datacenter", () => _out.Text(identity.Datacenter))));

    // Empty lists are shown as none.
    private void Maps<T>(IReadOnlyList<T> items, Action<T> write)
    {
        if (items.Count == 0)
        {
            _out.Null();
            return;
        }

        _out.ListHead(items.Count);
        foreach (var item in items)
        {
            write(item);
        }
    }
}
