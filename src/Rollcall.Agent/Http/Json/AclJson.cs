using System.Text.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes tokens, policies and the like. Names of what they link to are looked up; a link to what is gone is left out.</summary>
internal static class AclJson
{
    private const string Hidden = "<hidden>";

    /// <summary>A token with its secret, or with a word in its place.</summary>
    public static void Token(Utf8JsonWriter json, AclState state, AclToken token, bool hidden)
    {
        json.WriteStartObject();
        json.WriteString("AccessorID"u8, token.AccessorId);
        json.WriteString("SecretID"u8, hidden ? Hidden : token.SecretId);
        Rest(json, state, token);
    }

    /// <summary>What <c>acl/bootstrap</c> gives: the secret under its older name, too.</summary>
    public static void Bootstrap(Utf8JsonWriter json, AclState state, AclToken token)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, token.SecretId);
        json.WriteString("AccessorID"u8, token.AccessorId);
        json.WriteString("SecretID"u8, token.SecretId);
        Rest(json, state, token);
    }

    /// <summary>A token in a list: without its secret.</summary>
    public static void Listed(Utf8JsonWriter json, AclState state, AclToken token)
    {
        json.WriteStartObject();
        json.WriteString("AccessorID"u8, token.AccessorId);
        Rest(json, state, token, listed: true);
    }

    public static void Policy(Utf8JsonWriter json, AclPolicy policy)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, policy.Id);
        json.WriteString("Name"u8, policy.Name);
        json.WriteString("Description"u8, policy.Description);
        json.WriteString("Rules"u8, policy.Rules);
        if (policy.Datacenters is { Count: > 0 })
        {
            WireJson.Texts(json, "Datacenters"u8, policy.Datacenters);
        }

        json.WriteBase64String("Hash"u8, HashOf(policy));
        WireJson.Indexes(json, policy.CreateIndex, policy.ModifyIndex);
        json.WriteEndObject();
    }

    /// <summary>A policy in a list: without its rules.</summary>
    public static void Listed(Utf8JsonWriter json, AclPolicy policy)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, policy.Id);
        json.WriteString("Name"u8, policy.Name);
        json.WriteString("Description"u8, policy.Description);
        if (policy.Datacenters is null)
        {
            json.WriteNull("Datacenters"u8);
        }
        else
        {
            WireJson.Texts(json, "Datacenters"u8, policy.Datacenters);
        }

        json.WriteBase64String("Hash"u8, HashOf(policy));
        WireJson.Indexes(json, policy.CreateIndex, policy.ModifyIndex);
        json.WriteEndObject();
    }

    public static void Role(Utf8JsonWriter json, AclState state, AclRole role)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, role.Id);
        json.WriteString("Name"u8, role.Name);
        json.WriteString("Description"u8, role.Description);
        Links(json, "Policies"u8, role.PolicyIds.Select(id => (id, state.Policies.Find(id)?.Name)));
        Identities(json, role);
        json.WriteBase64String("Hash"u8, HashOf(role));
        WireJson.Indexes(json, role.CreateIndex, role.ModifyIndex);
        json.WriteEndObject();
    }

    public static void AuthMethod(Utf8JsonWriter json, AclAuthMethod method)
    {
        json.WriteStartObject();
        if (method.MaxTokenTtl != TimeSpan.Zero)
        {
            json.WriteString("MaxTokenTTL"u8, GoDuration.Format(method.MaxTokenTtl));
        }

        MethodHead(json, method);
        WireJson.TextIfSet(json, "TokenLocality"u8, method.TokenLocality);
        json.WritePropertyName("Config"u8);
        json.WriteRawValue(method.Config, skipInputValidation: true);
        WireJson.Indexes(json, method.CreateIndex, method.ModifyIndex);
        json.WriteEndObject();
    }

    /// <summary>An auth method in a list: without its settings, which may hold a secret.</summary>
    public static void Listed(Utf8JsonWriter json, AclAuthMethod method)
    {
        json.WriteStartObject();
        MethodHead(json, method);
        WireJson.Indexes(json, method.CreateIndex, method.ModifyIndex);
        json.WriteEndObject();
    }

    public static void BindingRule(Utf8JsonWriter json, AclBindingRule rule)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, rule.Id);
        json.WriteString("Description"u8, rule.Description);
        json.WriteString("AuthMethod"u8, rule.AuthMethod);
        json.WriteString("Selector"u8, rule.Selector);
        json.WriteString("BindType"u8, rule.BindType);
        json.WriteString("BindName"u8, rule.BindName);
        WireJson.Indexes(json, rule.CreateIndex, rule.ModifyIndex);
        json.WriteEndObject();
    }

    /// <summary>A token in the form of before Consul 1.4.</summary>
    public static void Legacy(Utf8JsonWriter json, AclToken token)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, token.SecretId);
        json.WriteString("Name"u8, token.Description);
        json.WriteString("Type"u8, token.LegacyType);
        json.WriteString("Rules"u8, token.Rules);
        WireJson.Indexes(json, token.CreateIndex, token.ModifyIndex);
        json.WriteEndObject();
    }

    public static byte[] HashOf(AclPolicy policy) => WireJson.Hash(policy.Name, policy.Description, policy.Rules, string.Join(',', policy.Datacenters ?? []));

    public static byte[] HashOf(AclRole role) => WireJson.Hash(role.Name, role.Description, Grants(role));

    public static byte[] HashOf(AclToken token) => WireJson.Hash(token.Description, Grants(token), string.Join(',', token.RoleIds), token.Local ? "local" : "", token.Rules);

    private static void Rest(Utf8JsonWriter json, AclState state, AclToken token, bool listed = false)
    {
        json.WriteString("Description"u8, token.Description);
        Links(json, "Policies"u8, token.PolicyIds.Select(id => (id, state.Policies.Find(id)?.Name)));
        Links(json, "Roles"u8, token.RoleIds.Select(id => (id, state.Roles.Find(id)?.Name)));
        Identities(json, token);
        if (!listed)
        {
            WireJson.TextIfSet(json, "Rules"u8, token.Rules);
        }

        json.WriteBoolean("Local"u8, token.Local);
        WireJson.TextIfSet(json, "AuthMethod"u8, token.AuthMethod);
        if (token.ExpirationTime is { } expires)
        {
            json.WriteString("ExpirationTime"u8, WireJson.Time(expires));
        }

        json.WriteString("CreateTime"u8, WireJson.Time(token.CreateTime));
        json.WriteBase64String("Hash"u8, HashOf(token));
        WireJson.Indexes(json, token.CreateIndex, token.ModifyIndex);
        if (listed && token.Rules.Length > 0)
        {
            json.WriteBoolean("Legacy"u8, true);
        }

        json.WriteEndObject();
    }

    private static void MethodHead(Utf8JsonWriter json, AclAuthMethod method)
    {
        json.WriteString("Name"u8, method.Name);
        json.WriteString("Type"u8, method.Type);
        WireJson.TextIfSet(json, "DisplayName"u8, method.DisplayName);
        WireJson.TextIfSet(json, "Description"u8, method.Description);
    }

    private static void Links(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<(string Id, string? Name)> links)
    {
        var known = links.Where(static link => link.Name is not null).ToList();
        if (known.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var link in known)
        {
            json.WriteStartObject();
            json.WriteString("ID"u8, link.Id);
            json.WriteString("Name"u8, link.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Identities(Utf8JsonWriter json, AclGrants grants)
    {
        if (grants.ServiceIdentities.Count > 0)
        {
            json.WriteStartArray("ServiceIdentities"u8);
            foreach (var identity in grants.ServiceIdentities)
            {
                json.WriteStartObject();
                json.WriteString("ServiceName"u8, identity.ServiceName);
                if (identity.Datacenters is { Count: > 0 })
                {
                    WireJson.Texts(json, "Datacenters"u8, identity.Datacenters);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (grants.NodeIdentities.Count > 0)
        {
            json.WriteStartArray("NodeIdentities"u8);
            foreach (var identity in grants.NodeIdentities)
            {
                json.WriteStartObject();
                json.WriteString("NodeName"u8, identity.NodeName);
                json.WriteString("Datacenter"u8, identity.Datacenter);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static string Grants(AclGrants grants) => string.Join(
        '|',
        grants.PolicyIds.Order(StringComparer.Ordinal)
            .Concat(grants.ServiceIdentities.Select(static identity => $"{identity.ServiceName}@{string.Join(',', identity.Datacenters ?? [])}"))
            .Concat(grants.NodeIdentities.Select(static identity => $"{identity.NodeName}@{identity.Datacenter}")));
}
