using Rollcall.Agent.Acl.Login;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Snapshots;

/// <summary>Reads tokens, policies and the like, and intentions, of a snapshot.</summary>
internal static class AclRecords
{
    /// <summary>Null: it is none. One of before Consul 1.4 may have no accessor yet, and gets one.</summary>
    public static AclToken? Token(MsgPackMap map) => map.Text("SecretID").Length == 0 || (map.Text("AccessorID").Length == 0 && map.Text("Type").Length == 0) ? null : new AclToken
    {
        AccessorId = map.Text("AccessorID") is { Length: > 0 } accessor ? accessor : Guid.NewGuid().ToString("D"),
        SecretId = map.Text("SecretID"),
        Description = map.Text("Description"),
        PolicyIds = Links(map, "Policies"),
        RoleIds = Links(map, "Roles"),
        ServiceIdentities = Services(map),
        NodeIdentities = Nodes(map),
        Local = map.Bool("Local"),
        AuthMethod = map.Text("AuthMethod"),
        LegacyType = map.Text("Type"),
        Rules = map.Text("Rules"),
        ExpirationTime = GoTime.Read(map.Bytes("ExpirationTime")),
        CreateTime = GoTime.Read(map.Bytes("CreateTime")) ?? default,
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    public static AclPolicy? Policy(MsgPackMap map) => map.Text("ID").Length == 0 || map.Text("Name").Length == 0 ? null : new AclPolicy
    {
        Id = map.Text("ID"),
        Name = map.Text("Name"),
        Description = map.Text("Description"),
        Rules = map.Text("Rules"),
        Datacenters = map.Texts("Datacenters"),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    public static AclRole? Role(MsgPackMap map) => map.Text("ID").Length == 0 || map.Text("Name").Length == 0 ? null : new AclRole
    {
        Id = map.Text("ID"),
        Name = map.Text("Name"),
        Description = map.Text("Description"),
        PolicyIds = Links(map, "Policies"),
        ServiceIdentities = Services(map),
        NodeIdentities = Nodes(map),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    public static AclBindingRule? BindingRule(MsgPackMap map) => map.Text("ID").Length == 0 || map.Text("AuthMethod").Length == 0 ? null : new AclBindingRule
    {
        Id = map.Text("ID"),
        Description = map.Text("Description"),
        AuthMethod = map.Text("AuthMethod"),
        Selector = map.Text("Selector"),
        BindType = map.Text("BindType"),
        BindName = map.Text("BindName"),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    public static AclAuthMethod? AuthMethod(MsgPackMap map) => map.Text("Name").Length == 0 || !LoginMethods.Knows(map.Text("Type")) ? null : new AclAuthMethod
    {
        Name = map.Text("Name"),
        Type = map.Text("Type"),
        DisplayName = map.Text("DisplayName"),
        Description = map.Text("Description"),
        MaxTokenTtl = TimeSpan.FromTicks(map.Signed("MaxTokenTTL") / TimeSpan.NanosecondsPerTick),
        TokenLocality = map.Text("TokenLocality"),
        Config = ConfigReader.TextOf(ConfigDecoder.Any(ConfigRecord.Value(map.MapOrNull("Config")))),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    public static Intention? Intention(MsgPackMap map) => SessionId.Defect(map.Text("ID")) is not null ? null : new Intention
    {
        Id = map.Text("ID"),
        Description = map.Text("Description"),
        SourceNamespace = map.Text("SourceNS"),
        SourceName = map.Text("SourceName"),
        DestinationNamespace = map.Text("DestinationNS"),
        DestinationName = map.Text("DestinationName"),
        SourceType = map.Text("SourceType"),
        Action = map.Text("Action"),
        DefaultAddress = map.Text("DefaultAddr"),
        DefaultPort = map.Int("DefaultPort"),
        Meta = map.TextMap("Meta") ?? new Dictionary<string, string>(),
        CreatedAt = GoTime.Read(map.Bytes("CreatedAt")) ?? default,
        UpdatedAt = GoTime.Read(map.Bytes("UpdatedAt")) ?? default,
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    private static List<string> Links(MsgPackMap map, string name) => [.. Maps(map, name).Select(static link => link.Text("ID"))];

    private static List<AclServiceIdentity> Services(MsgPackMap map) =>
        [.. Maps(map, "ServiceIdentities").Select(static identity => new AclServiceIdentity(identity.Text("ServiceName"), identity.Texts("Datacenters")))];

    private static List<AclNodeIdentity> Nodes(MsgPackMap map) =>
        [.. Maps(map, "NodeIdentities").Select(static identity => new AclNodeIdentity(identity.Text("NodeName"), identity.Text("Datacenter")))];

    private static IEnumerable<MsgPackMap> Maps(MsgPackMap map, string name) => (map.List(name) ?? []).OfType<MsgPackMap>();
}
