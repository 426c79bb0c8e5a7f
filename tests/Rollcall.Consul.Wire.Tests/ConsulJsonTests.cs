using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Rollcall.Consul.Wire.Tests;

/// <summary>The answers are what Consul 1.8.7 sends, without the blanks that -dev adds.</summary>
public sealed class ConsulJsonTests
{
    private const string Node =
        """{"ID":"4a843584-3437-bf49-fc31-9352e4c8060b","Node":"dev1","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1","lan_ipv4":"127.0.0.1","wan":"127.0.0.1","wan_ipv4":"127.0.0.1"},"Meta":{"consul-network-segment":""},"CreateIndex":11,"ModifyIndex":12}""";

    private const string Service =
        """{"ID":"a1","Service":"a","Tags":["x"],"Address":"10.0.0.1","TaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.1","Port":81},"wan_ipv4":{"Address":"10.0.0.1","Port":81}},"Meta":{"a":"b"},"Port":81,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"CreateIndex":64,"ModifyIndex":64}""";

    private const string Check =
        """{"Node":"dev1","CheckID":"service:a1:1","Name":"a check","Status":"critical","Notes":"","Output":"","ServiceID":"a1","ServiceName":"a","ServiceTags":["x"],"Type":"ttl","Definition":{},"CreateIndex":64,"ModifyIndex":64}""";

    private const string AgentService =
        """{"ID":"a1","Service":"a","Tags":["x"],"Meta":{"a":"b"},"Port":81,"Address":"10.0.0.1","TaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.1","Port":81},"wan_ipv4":{"Address":"10.0.0.1","Port":81}},"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"ContentHash":"cd363e5f2ff97c3c"}""";

    private const string CatalogService =
        """{"ID":"4a843584-3437-bf49-fc31-9352e4c8060b","Node":"dev1","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1"},"NodeMeta":{"consul-network-segment":""},"ServiceKind":"","ServiceID":"a1","ServiceName":"a","ServiceTags":["x"],"ServiceAddress":"10.0.0.1","ServiceTaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.1","Port":81}},"ServiceWeights":{"Passing":1,"Warning":1},"ServiceMeta":{"a":"b"},"ServicePort":81,"ServiceEnableTagOverride":false,"ServiceProxy":{"MeshGateway":{},"Expose":{}},"ServiceConnect":{},"CreateIndex":64,"ModifyIndex":64}""";

    private const string Member =
        """{"Name":"dev1","Addr":"127.0.0.1","Port":8301,"Tags":{"role":"consul"},"Status":1,"ProtocolMin":1,"ProtocolMax":5,"ProtocolCur":2,"DelegateMin":2,"DelegateMax":5,"DelegateCur":4}""";

    public static TheoryData<string, JsonTypeInfo> Answers { get; } = new()
    {
        { $"[{Node}]", ConsulJsonContext.Default.IReadOnlyListCatalogNode },
        { $"[{Check}]", ConsulJsonContext.Default.IReadOnlyListHealthCheck },
        { $$"""[{"Node":{{Node}},"Service":{{Service}},"Checks":[{{Check}}]}]""", ConsulJsonContext.Default.IReadOnlyListHealthServiceEntry },
        { $$$"""{"Node":{{{Node}}},"Services":{"a1":{{{Service}}}}}""", ConsulJsonContext.Default.NodeServices },
        { AgentService, ConsulJsonContext.Default.AgentService },
        { $$$"""{"service:a1:1":{{{Check}}}}""", ConsulJsonContext.Default.IReadOnlyDictionaryStringHealthCheck },
        { $"[{CatalogService}]", ConsulJsonContext.Default.IReadOnlyListCatalogService },
        { $"[{Member}]", ConsulJsonContext.Default.IReadOnlyListAgentMember },
        { """{"consul":[],"web":["a"]}""", ConsulJsonContext.Default.IReadOnlyDictionaryStringIReadOnlyListString },
        {
            """[{"LockIndex":1,"Key":"k","Flags":18446744073709551615,"Value":"aGk=","Session":"4a843584-3437-bf49-fc31-9352e4c8060b","CreateIndex":14,"ModifyIndex":15},{"LockIndex":0,"Key":"l","Flags":0,"Value":null,"CreateIndex":14,"ModifyIndex":14}]""",
            ConsulJsonContext.Default.IReadOnlyListKvPair
        },
    };

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public void Answer_ReadAndWritten_IsTheSameText(string json, JsonTypeInfo type)
    {
        var value = JsonSerializer.Deserialize(json, type);
        Assert.Equal(json, JsonSerializer.Serialize(value, type));
    }

    [Fact]
    public void Answer_WithFieldsOfNewerServers_IsRead()
    {
        var node = JsonNode.Parse(Service)!.AsObject();
        node["PeerName"] = "other";
        node["Locality"] = new JsonObject { ["Region"] = "r" };
        node["SocketPath"] = "";
        Assert.Equal("a1", JsonSerializer.Deserialize<NodeService>(node.ToJsonString(), ConsulJsonContext.Default.Options)!.Id);
    }

    [Fact]
    public void InstanceWithoutChecks_HasNone()
    {
        // As answers of prepared queries have it.
        var json = $$"""{"Node":{{Node}},"Service":{{Service}},"Checks":null}""";
        Assert.Empty(JsonSerializer.Deserialize<HealthServiceEntry>(json, ConsulJsonContext.Default.Options)!.Checks);
    }

    [Fact]
    public void Registration_LeavesOutWhatIsNotSet()
    {
        var registration = new ServiceRegistration { Id = "a1", Name = "a", Port = 81, Check = new CheckDefinition { Ttl = "10s" } };
        Assert.Equal(
            """{"ID":"a1","Name":"a","Port":81,"Check":{"TTL":"10s"}}""",
            JsonSerializer.Serialize(registration, ConsulRequestJsonContext.Default.ServiceRegistration));
    }

    [Fact]
    public void Registration_InLowerCase_IsRead()
    {
        var registration = JsonSerializer.Deserialize("""{"id":"a1","name":"a","port":81}""", ConsulRequestJsonContext.Default.ServiceRegistration);
        Assert.Equal(("a1", "a", 81), (registration!.Id, registration.Name, registration.Port));
    }
}
