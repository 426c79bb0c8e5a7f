using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent;

/// <summary>Who this agent is.</summary>
/// <param name="NodeName">Name of its node.</param>
/// <param name="NodeId">A UUID.</param>
/// <param name="Datacenter">Its datacenter.</param>
/// <param name="Address">The address that it tells others.</param>
/// <param name="Ports">Where its parts would talk to others.</param>
/// <param name="Meta">What users say of the node.</param>
internal sealed record AgentIdentity(string NodeName, string NodeId, string Datacenter, string Address, AgentPorts Ports, IReadOnlyDictionary<string, string> Meta)
{
    /// <summary>The version of Consul whose API this is; clients decide by it what they may ask.</summary>
    public const string ApiVersion = "1.8.7";

    /// <summary>The check that says whether the node itself is there.</summary>
    public const string HealthCheckId = "serfHealth";

    /// <summary>The same at each start, though nothing is kept on disk: clients and scripts may remember it.</summary>
    /// <remarks>
    /// FNV-1a of 128 bits (Fowler, Noll, Vo: draft-eastlake-fnv). It has to tell names apart, not to withstand anybody, and a cryptographic hash would load
    /// OpenSSL into an agent that may never need it: 4 MB.
    /// </remarks>
    public static string IdOf(string datacenter, string nodeName)
    {
        var prime = new UInt128(0x1000000, 0x13B);
        var hash = new UInt128(0x6C62272E07BB0142, 0x62B821756295C58D);
        foreach (var part in Encoding.UTF8.GetBytes($"{datacenter} {nodeName}"))
        {
            hash = unchecked((hash ^ part) * prime);
        }

        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(id, hash);
        return new Guid(id, bigEndian: true).ToString();
    }

    /// <summary>Whether there is access control.</summary>
    public bool HasAcls { get; init; }

    /// <summary>Whether it says that it may begin a cluster by itself.</summary>
    public bool IsBootstrap { get; init; }

    /// <summary>The address that it tells other datacenters.</summary>
    public string WanAddress { get; init; } = Address;

    /// <summary>What users say of further addresses.</summary>
    public IReadOnlyDictionary<string, string> TaggedAddresses { get; init; } = new Dictionary<string, string>();

    /// <summary>What they say of those for one family alone.</summary>
    public IReadOnlyDictionary<string, string> FamilyAddresses { get; init; } = new Dictionary<string, string>();

    public string ServerAddress => GoAddress.Join(Address, Ports.Server);

    public CatalogNode Node
    {
        get
        {
            var tagged = new Dictionary<string, string>(TaggedAddresses)
            {
                ["lan"] = Address,
                [$"lan_{Family(Address)}"] = Address,
                ["wan"] = WanAddress,
                [$"wan_{Family(WanAddress)}"] = WanAddress,
            };
            foreach (var (tag, address) in FamilyAddresses)
            {
                tagged[tag] = address;
            }

            return new CatalogNode
            {
                Id = NodeId,
                Node = NodeName,
                Address = Address,
                Datacenter = Datacenter,
                TaggedAddresses = tagged,
                Meta = new Dictionary<string, string>(Meta) { ["consul-network-segment"] = "" },
            };
        }
    }

    private static string Family(string address) => address.Contains(':') ? "ipv6" : "ipv4";

    /// <summary>The entry under which a server finds itself in its own catalog.</summary>
    public NodeService OwnService { get; } = new()
    {
        Id = "consul",
        Service = "consul",
        Port = Ports.Server,
        Meta = new Dictionary<string, string>
        {
            ["non_voter"] = "false",
            ["raft_version"] = "3",
            ["serf_protocol_current"] = "2",
            ["serf_protocol_max"] = "5",
            ["serf_protocol_min"] = "1",
            ["version"] = ApiVersion,
        },
    };

    public HealthCheck OwnCheck => new()
    {
        Node = NodeName,
        CheckId = HealthCheckId,
        Name = "Serf Health Status",
        Status = CheckStatus.Passing,
        Output = "Agent alive and reachable",
    };

    /// <summary>The member of the pool of servers of all datacenters.</summary>
    public AgentMember WanMember => Member with
    {
        Name = $"{NodeName}.{Datacenter}",
        Port = Ports.SerfWan,
        Tags = Member.Tags.Where(static tag => tag.Key != "wan_join_port").ToDictionary(StringComparer.Ordinal),
    };

    public AgentMember Member => new()
    {
        Name = NodeName,
        Addr = Address,
        Port = Ports.SerfLan,
        Tags = Tags(),
        Status = 1,
        ProtocolMin = 1,
        ProtocolMax = 5,
        ProtocolCur = 2,
        DelegateMin = 2,
        DelegateMax = 5,
        DelegateCur = 4,
    };

    private SortedDictionary<string, string> Tags()
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["acls"] = HasAcls ? "1" : "0",
            ["build"] = $"{ApiVersion}:",
            ["dc"] = Datacenter,
            ["ft_fs"] = "1",
            ["id"] = NodeId,
            ["port"] = Ports.Server.ToString(CultureInfo.InvariantCulture),
            ["raft_vsn"] = "3",
            ["role"] = "consul",
            ["segment"] = "",
            ["vsn"] = "2",
            ["vsn_max"] = "3",
            ["vsn_min"] = "2",
            ["wan_join_port"] = Ports.SerfWan.ToString(CultureInfo.InvariantCulture),
        };
        if (IsBootstrap)
        {
            tags["bootstrap"] = "1";
        }

        return tags;
    }
}
