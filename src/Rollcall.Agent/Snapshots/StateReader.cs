using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Snapshots;

/// <summary>Reads the records of a snapshot. Those of kinds that are not kept here, as of the certificate authority, are passed over and counted.</summary>
internal static class StateReader
{
    /// <summary>Null, with a reason: it is none.</summary>
    /// <param name="state">The state of the snapshot.</param>
    /// <param name="counts">How many records there are of each kind, kept or not, in the order in which kinds appear.</param>
    /// <param name="fault">The reason.</param>
    public static SnapshotContent? Read(ReadOnlySpan<byte> state, out IReadOnlyList<(RecordType Type, int Count)> counts, out string fault)
    {
        var seen = new List<(RecordType Type, int Count)>();
        (counts, fault) = (seen, "the state is cut off, or no snapshot of Consul");
        var reader = new MsgPackReader(state);
        if (!reader.TryRead(out var header) || header is not MsgPackMap head)
        {
            return null;
        }

        var content = new SnapshotContent { LastIndex = head.Unsigned("LastIndex") };
        while (reader.TryReadByte(out var type))
        {
            if (!reader.TryRead(out var value))
            {
                return null;
            }

            var at = seen.FindIndex(entry => entry.Type == (RecordType)type);
            if (at < 0)
            {
                seen.Add(((RecordType)type, 1));
            }
            else
            {
                seen[at] = (seen[at].Type, seen[at].Count + 1);
            }

            Add(content, (RecordType)type, value);
        }

        fault = "";
        return content;
    }

    private static void Add(SnapshotContent content, RecordType type, object? value)
    {
        if (type == RecordType.Coordinates && value is List<object?> list)
        {
            foreach (var row in list.OfType<MsgPackMap>().Where(static row => row.Text("Node").Length > 0))
            {
                content.Add(new NodeCoordinate(row.Text("Node"), row.Text("Segment"), Coordinate(row.Map("Coord"))));
            }
        }

        if (type == RecordType.ConfigEntry && value is byte[] record && ConfigRecord.Read(record) is { } entry)
        {
            content.Add(entry);
        }

        if (value is not MsgPackMap map)
        {
            return;
        }

        switch (type)
        {
            case RecordType.Register when map.Text("Node").Length > 0:
                Register(content, map);
                break;
            case RecordType.Kv when map.Text("Key").Length > 0:
                content.Add(Pair(map));
                break;
            case RecordType.Session when SessionId.Defect(map.Text("ID")) is null:
                content.Add(Session(map));
                break;
            case RecordType.PreparedQuery when SessionId.Defect(map.Text("ID")) is null:
                content.Add(Query(map));
                break;
            case RecordType.Intention when AclRecords.Intention(map) is { } intention:
                content.Add(intention);
                break;
            case RecordType.AclToken when AclRecords.Token(map) is { } token:
                content.Add(AclKinds.Tokens, token);
                break;
            case RecordType.AclPolicy when AclRecords.Policy(map) is { } policy:
                content.Add(AclKinds.Policies, policy);
                break;
            case RecordType.AclRole when AclRecords.Role(map) is { } role:
                content.Add(AclKinds.Roles, role);
                break;
            case RecordType.AclBindingRule when AclRecords.BindingRule(map) is { } rule:
                content.Add(AclKinds.BindingRules, rule);
                break;
            case RecordType.AclAuthMethod when AclRecords.AuthMethod(map) is { } method:
                content.Add(AclKinds.AuthMethods, method);
                break;
            case RecordType.Index when map.Text("Key") == StateWriter.Bootstrap && map.Unsigned("Value") > 0:
                content.Add(new AclBootstrap(map.Unsigned("Value")));
                break;
            case RecordType.Autopilot:
                content.Add(Autopilot(map));
                break;
            default:
                break;
        }
    }

    private static void Register(SnapshotContent content, MsgPackMap map)
    {
        var node = map.Text("Node");
        content.Add(new CatalogNode
        {
            Id = map.Text("ID"),
            Node = node,
            Address = map.Text("Address"),
            Datacenter = map.Text("Datacenter"),
            TaggedAddresses = map.TextMap("TaggedAddresses"),
            Meta = map.TextMap("NodeMeta"),
            CreateIndex = map.Unsigned("CreateIndex"),
            ModifyIndex = map.Unsigned("ModifyIndex"),
        });

        if (map.MapOrNull("Service") is { } service && service.Text("ID").Length > 0)
        {
            content.Add(node, Service(service));
        }

        if (map.MapOrNull("Check") is { } check && check.Text("CheckID").Length > 0)
        {
            content.Add(Check(node, check));
        }
    }

    private static NodeService Service(MsgPackMap map) => new()
    {
        Kind = map.Text("Kind") is { Length: > 0 } kind ? kind : null,
        Id = map.Text("ID"),
        Service = map.Text("Service"),
        Tags = map.Texts("Tags") ?? [],
        Address = map.Text("Address"),
        TaggedAddresses = map.MapOrNull("TaggedAddresses")?.Values
            .Where(static pair => pair.Value is MsgPackMap)
            .ToDictionary(
                static pair => pair.Key,
                static pair => new ServiceAddress { Address = ((MsgPackMap)pair.Value!).Text("Address"), Port = ((MsgPackMap)pair.Value!).Int("Port") },
                StringComparer.Ordinal),
        Meta = map.TextMap("Meta"),
        Port = map.Int("Port"),
        Weights = map.MapOrNull("Weights") is { } weights ? new ServiceWeights { Passing = weights.Int("Passing"), Warning = weights.Int("Warning") } : new ServiceWeights(),
        EnableTagOverride = map.Bool("EnableTagOverride"),
        Proxy = MeshRecord.Read(map.Map("Proxy")),
        Connect = map.Map("Connect").Bool("Native") ? new ServiceConnect { Native = true } : null,
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    private static HealthCheck Check(string node, MsgPackMap map) => new()
    {
        Node = node,
        CheckId = map.Text("CheckID"),
        Name = map.Text("Name"),
        Status = map.Text("Status"),
        Notes = map.Text("Notes"),
        Output = map.Text("Output"),
        ServiceId = map.Text("ServiceID"),
        ServiceName = map.Text("ServiceName"),
        ServiceTags = map.Texts("ServiceTags") ?? [],
        Type = map.Text("Type"),
        Definition = Definition(map.Map("Definition")),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    private static HealthCheckDefinition Definition(MsgPackMap map)
    {
        return new HealthCheckDefinition
        {
            Interval = Duration("Interval"),
            Timeout = Duration("Timeout"),
            DeregisterCriticalServiceAfter = Duration("DeregisterCriticalServiceAfter"),
            Http = OrNull("HTTP"),
            Header = map.MapOrNull("Header")?.Values.ToDictionary(static pair => pair.Key, static pair => MsgPackMap.AsTexts(pair.Value) ?? [], StringComparer.Ordinal),
            Method = OrNull("Method"),
            Body = OrNull("Body"),
            TlsSkipVerify = map.Bool("TLSSkipVerify"),
            Tcp = OrNull("TCP"),
        };

        string? OrNull(string name) => map.Text(name) is { Length: > 0 } text ? text : null;
        string? Duration(string name) => map.Signed(name) is not 0 and var nanoseconds ? GoDuration.FormatNanoseconds(nanoseconds) : null;
    }

    private static KvPair Pair(MsgPackMap map) => new()
    {
        Key = map.Text("Key"),
        Value = map.Bytes("Value") is { Length: > 0 } value ? value : null,
        Flags = map.Unsigned("Flags"),
        LockIndex = map.Unsigned("LockIndex"),
        Session = map.Text("Session") is { Length: > 0 } session ? session : null,
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    private static Session Session(MsgPackMap map) => new()
    {
        Id = map.Text("ID"),
        Name = map.Text("Name"),
        Node = map.Text("Node"),
        LockDelay = Math.Max(0, map.Signed("LockDelay")),
        Behavior = map.Text("Behavior") is { Length: > 0 } behavior ? behavior : SessionBehavior.Release,
        Ttl = map.Text("TTL"),
        NodeChecks = map.Texts("NodeChecks"),
        ServiceChecks = map.List("ServiceChecks") is { } checks
            ? [.. checks.OfType<MsgPackMap>().Select(static check => new SessionServiceCheck(check.Text("ID"), check.Text("Namespace")))]
            : null,
        Checks = map.Texts("Checks"),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };

    private static NetworkCoordinate Coordinate(MsgPackMap map)
    {
        var vec = (map.List("Vec") ?? []).Select(MsgPackMap.AsFloat).Concat(new double[NetworkCoordinate.Dimensions]).Take(NetworkCoordinate.Dimensions);
        return new NetworkCoordinate([.. vec], map.Float("Error"), map.Float("Adjustment"), map.Float("Height"));
    }

    private static PreparedQuery Query(MsgPackMap map)
    {
        var (template, service) = (map.Map("Template"), map.Map("Service"));
        return new PreparedQuery
        {
            Id = map.Text("ID"),
            Name = map.Text("Name"),
            Session = map.Text("Session"),
            Token = map.Text("Token"),
            TemplateType = template.Text("Type"),
            TemplateRegexp = template.Text("Regexp"),
            RemoveEmptyTags = template.Bool("RemoveEmptyTags"),
            Service = service.Text("Service"),
            NearestN = service.Map("Failover").Int("NearestN"),
            Datacenters = service.Map("Failover").Texts("Datacenters"),
            OnlyPassing = service.Bool("OnlyPassing"),
            IgnoreCheckIds = service.Texts("IgnoreCheckIDs"),
            Near = service.Text("Near"),
            Tags = service.Texts("Tags"),
            NodeMeta = service.TextMap("NodeMeta"),
            ServiceMeta = service.TextMap("ServiceMeta"),
            Connect = service.Bool("Connect"),
            DnsTtl = map.Map("DNS").Text("TTL"),
            CreateIndex = map.Unsigned("CreateIndex"),
            ModifyIndex = map.Unsigned("ModifyIndex"),
        };
    }

    private static AutopilotSettings Autopilot(MsgPackMap map) => new()
    {
        CleanupDeadServers = map.Bool("CleanupDeadServers"),
        LastContactThreshold = map.Signed("LastContactThreshold"),
        MaxTrailingLogs = map.Unsigned("MaxTrailingLogs"),
        MinQuorum = (uint)Math.Min(map.Unsigned("MinQuorum"), uint.MaxValue),
        ServerStabilizationTime = map.Signed("ServerStabilizationTime"),
        RedundancyZoneTag = map.Text("RedundancyZoneTag"),
        DisableUpgradeMigration = map.Bool("DisableUpgradeMigration"),
        UpgradeVersionTag = map.Text("UpgradeVersionTag"),
        CreateIndex = map.Unsigned("CreateIndex"),
        ModifyIndex = map.Unsigned("ModifyIndex"),
    };
}
