using System.Buffers;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Snapshots;

/// <summary>Writes a state as the records of a snapshot.</summary>
internal sealed partial class StateWriter
{
    /// <summary>The index that says when the first management token was made.</summary>
    public const string Bootstrap = "acl-token-bootstrap";

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly MsgPackWriter _out;

    private StateWriter() => _out = new MsgPackWriter(_buffer);

    public static ReadOnlyMemory<byte> Write(StoreRoot root)
    {
        var writer = new StateWriter();
        writer.WriteAll(root);
        return writer._buffer.WrittenMemory;
    }

    private void WriteAll(StoreRoot root)
    {
        Map(("LastIndex", () => _out.Number(root.Index)));
        foreach (var node in root.Catalog.Nodes.Values)
        {
            Register(node.Node, null, null);
            foreach (var service in node.Services.Values)
            {
                Register(node.Node, service, null);
            }

            foreach (var check in node.Checks.Values)
            {
                // Where a check has its node's name in other letters than the node, Consul ends at the restore.
                Register(node.Node, null, check with { Node = node.Node.Node });
            }
        }

        if (root.Records.Coordinates.Rows.Count > 0)
        {
            Begin(RecordType.Coordinates);
            _out.ListHead(root.Records.Coordinates.Rows.Count);
            foreach (var row in root.Records.Coordinates.Rows.Values)
            {
                Coordinate(row);
            }
        }

        foreach (var session in root.Sessions.Sessions.Values)
        {
            Session(session);
        }

        foreach (var token in root.Acl.Tokens.Rows.Values)
        {
            Token(root.Acl, token);
        }

        foreach (var policy in root.Acl.Policies.Rows.Values)
        {
            Policy(policy);
        }

        foreach (var role in root.Acl.Roles.Rows.Values)
        {
            Role(root.Acl, role);
        }

        foreach (var rule in root.Acl.BindingRules.Rows.Values)
        {
            BindingRule(rule);
        }

        foreach (var method in root.Acl.AuthMethods.Rows.Values)
        {
            AuthMethod(method);
        }

        foreach (var pair in root.Kv.List(""))
        {
            Pair(pair);
        }

        foreach (var query in root.Records.Queries.Rows.Values)
        {
            Query(query);
        }

        foreach (var settings in root.Records.Autopilot.Rows.Values)
        {
            Autopilot(settings);
        }

        foreach (var intention in root.Records.Intentions.Rows.Values)
        {
            Intention(intention);
        }

        foreach (var entry in root.Records.ConfigEntries.Rows.Values)
        {
            Begin(RecordType.ConfigEntry);
            _out.Raw(ConfigRecord.Write(entry));
        }

        Index("nodes", root.Catalog.NodesIndex);
        Index("services", root.Catalog.ServicesIndex);
        Index("service_kind.typical", root.Catalog.ServicesIndex);
        Index("service_last_extinction", root.Catalog.ExtinctionIndex);
        Index("checks", root.Catalog.ChecksIndex);
        foreach (var service in root.Catalog.Services.Values)
        {
            Index($"service.{CatalogKey.Of(service.Name)}", service.Index);
        }

        Index("coordinates", root.Records.Coordinates.Index);
        Index("sessions", root.Sessions.Index);
        Index("kvs", root.Kv.Index);
        Index("prepared-queries", root.Records.Queries.Index);
        Index("connect-intentions", root.Records.Intentions.Index);
        Index("config-entries", root.Records.ConfigEntries.Index);
        Index("acl-tokens", root.Acl.Tokens.Index);
        Index("acl-policies", root.Acl.Policies.Index);
        Index("acl-roles", root.Acl.Roles.Index);
        Index("acl-binding-rules", root.Acl.BindingRules.Index);
        Index("acl-auth-methods", root.Acl.AuthMethods.Index);
        Index(Bootstrap, root.Acl.Bootstrap?.Index ?? 0);
    }

    private void Register(CatalogNode node, NodeService? service, HealthCheck? check)
    {
        Begin(RecordType.Register);
        Map(
            ("Datacenter", () => _out.Text(node.Datacenter)),
            ("ID", () => _out.Text(node.Id)),
            ("Node", () => _out.Text(node.Node)),
            ("Address", () => _out.Text(node.Address)),
            ("TaggedAddresses", () => _out.TextMap(node.TaggedAddresses)),
            ("NodeMeta", () => _out.TextMap(node.Meta)),
            ("Service", () => Service(service)),
            ("Check", () => Check(check)),
            ("Checks", _out.Null),
            ("SkipNodeUpdate", () => _out.Bool(false)),
            ("Token", () => _out.Text("")),
            ("CreateIndex", () => _out.Number(node.CreateIndex)),
            ("ModifyIndex", () => _out.Number(node.ModifyIndex)));
    }

    private void Service(NodeService? service)
    {
        if (service is null)
        {
            _out.Null();
            return;
        }

        Map(
            ("Kind", () => _out.Text(service.Kind ?? "")),
            ("ID", () => _out.Text(service.Id)),
            ("Service", () => _out.Text(service.Service)),
            ("Tags", () => _out.Texts(service.Tags)),
            ("Address", () => _out.Text(service.Address)),
            ("TaggedAddresses", () => TaggedAddresses(service.TaggedAddresses)),
            ("Meta", () => _out.TextMap(service.Meta)),
            ("Port", () => _out.Number(service.Port)),
            ("Weights", () => Map(("Passing", () => _out.Number(service.Weights?.Passing ?? 1)), ("Warning", () => _out.Number(service.Weights?.Warning ?? 1)))),
            ("EnableTagOverride", () => _out.Bool(service.EnableTagOverride)),
            ("Proxy", () => MeshRecord.Write(_out, service.Proxy)),
            ("Connect", () => Map(("Native", () => _out.Bool(service.Connect?.Native ?? false)))),
            ("CreateIndex", () => _out.Number(service.CreateIndex)),
            ("ModifyIndex", () => _out.Number(service.ModifyIndex)));
    }

    private void TaggedAddresses(IReadOnlyDictionary<string, ServiceAddress>? addresses)
    {
        if (addresses is null)
        {
            _out.Null();
            return;
        }

        _out.MapHead(addresses.Count);
        foreach (var (name, address) in addresses)
        {
            _out.Text(name);
            Map(("Address", () => _out.Text(address.Address)), ("Port", () => _out.Number(address.Port)));
        }
    }

    private void Check(HealthCheck? check)
    {
        if (check is null)
        {
            _out.Null();
            return;
        }

        Map(
            ("Node", () => _out.Text(check.Node)),
            ("CheckID", () => _out.Text(check.CheckId)),
            ("Name", () => _out.Text(check.Name)),
            ("Status", () => _out.Text(check.Status)),
            ("Notes", () => _out.Text(check.Notes)),
            ("Output", () => _out.Text(check.Output)),
            ("ServiceID", () => _out.Text(check.ServiceId)),
            ("ServiceName", () => _out.Text(check.ServiceName)),
            ("ServiceTags", () => _out.Texts(check.ServiceTags)),
            ("Type", () => _out.Text(check.Type)),
            ("Definition", () => Definition(check.Definition ?? new HealthCheckDefinition())),
            ("CreateIndex", () => _out.Number(check.CreateIndex)),
            ("ModifyIndex", () => _out.Number(check.ModifyIndex)));
    }

    private void Definition(HealthCheckDefinition definition) => Map(
        ("HTTP", () => _out.Text(definition.Http ?? "")),
        ("TLSSkipVerify", () => _out.Bool(definition.TlsSkipVerify)),
        ("Header", () => Header(definition.Header)),
        ("Method", () => _out.Text(definition.Method ?? "")),
        ("Body", () => _out.Text(definition.Body ?? "")),
        ("TCP", () => _out.Text(definition.Tcp ?? "")),
        ("Interval", () => Duration(definition.Interval)),
        ("Timeout", () => Duration(definition.Timeout)),
        ("DeregisterCriticalServiceAfter", () => Duration(definition.DeregisterCriticalServiceAfter)));

    private void Header(IReadOnlyDictionary<string, IReadOnlyList<string>>? header)
    {
        if (header is null)
        {
            _out.Null();
            return;
        }

        _out.MapHead(header.Count);
        foreach (var (name, values) in header)
        {
            _out.Text(name);
            _out.Texts(values);
        }
    }

    private void Duration(string? text) => _out.Number(text is not null && GoDuration.TryParseNanoseconds(text, out var nanoseconds) ? nanoseconds : 0);

    private void Coordinate(NodeCoordinate row) => Map(
        ("Node", () => _out.Text(row.Node)),
        ("Segment", () => _out.Text(row.Segment)),
        ("Coord", () => Map(
            ("Vec", () =>
            {
                _out.ListHead(row.Coord.Vec.Count);
                foreach (var value in row.Coord.Vec)
                {
                    _out.Float(value);
                }
            }),
            ("Error", () => _out.Float(row.Coord.Error)),
            ("Adjustment", () => _out.Float(row.Coord.Adjustment)),
            ("Height", () => _out.Float(row.Coord.Height)))));

    private void Session(Session session)
    {
        Begin(RecordType.Session);
        Map(
            ("ID", () => _out.Text(session.Id)),
            ("Name", () => _out.Text(session.Name)),
            ("Node", () => _out.Text(session.Node)),
            ("LockDelay", () => _out.Number(session.LockDelay)),
            ("Behavior", () => _out.Text(session.Behavior)),
            ("TTL", () => _out.Text(session.Ttl)),
            ("NodeChecks", () => _out.Texts(session.NodeChecks)),
            ("ServiceChecks", () => ServiceChecks(session.ServiceChecks)),
            ("Checks", () => _out.Texts(session.Checks)),
            ("CreateIndex", () => _out.Number(session.CreateIndex)),
            ("ModifyIndex", () => _out.Number(session.ModifyIndex)));
    }

    private void ServiceChecks(IReadOnlyList<SessionServiceCheck>? checks)
    {
        if (checks is null)
        {
            _out.Null();
            return;
        }

        _out.ListHead(checks.Count);
        foreach (var check in checks)
        {
            Map(("ID", () => _out.Text(check.Id)), ("Namespace", () => _out.Text(check.Namespace)));
        }
    }

    private void Pair(KvPair pair)
    {
        Begin(RecordType.Kv);
        Map(
            ("Key", () => _out.Text(pair.Key)),
            ("Value", () =>
            {
                if (pair.Value is null)
                {
                    _out.Null();
                }
                else
                {
                    _out.Raw(pair.Value);
                }
            }),
            ("Flags", () => _out.Number(pair.Flags)),
            ("LockIndex", () => _out.Number(pair.LockIndex)),
            ("Session", () => _out.Text(pair.Session ?? "")),
            ("CreateIndex", () => _out.Number(pair.CreateIndex)),
            ("ModifyIndex", () => _out.Number(pair.ModifyIndex)));
    }

    private void Query(PreparedQuery query)
    {
        Begin(RecordType.PreparedQuery);
        Map(
            ("ID", () => _out.Text(query.Id)),
            ("Name", () => _out.Text(query.Name)),
            ("Session", () => _out.Text(query.Session)),
            ("Token", () => _out.Text(query.Token)),
            ("Template", () => Map(
                ("Type", () => _out.Text(query.TemplateType)),
                ("Regexp", () => _out.Text(query.TemplateRegexp)),
                ("RemoveEmptyTags", () => _out.Bool(query.RemoveEmptyTags)))),
            ("Service", () => Map(
                ("Service", () => _out.Text(query.Service)),
                ("Failover", () => Map(("NearestN", () => _out.Number(query.NearestN)), ("Datacenters", () => _out.Texts(query.Datacenters)))),
                ("OnlyPassing", () => _out.Bool(query.OnlyPassing)),
                ("IgnoreCheckIDs", () => _out.Texts(query.IgnoreCheckIds)),
                ("Near", () => _out.Text(query.Near)),
                ("Tags", () => _out.Texts(query.Tags)),
                ("NodeMeta", () => _out.TextMap(query.NodeMeta)),
                ("ServiceMeta", () => _out.TextMap(query.ServiceMeta)),
                ("Connect", () => _out.Bool(query.Connect)))),
            ("DNS", () => Map(("TTL", () => _out.Text(query.DnsTtl)))),
            ("CreateIndex", () => _out.Number(query.CreateIndex)),
            ("ModifyIndex", () => _out.Number(query.ModifyIndex)));
    }

    private void Autopilot(AutopilotSettings settings)
    {
        Begin(RecordType.Autopilot);
        Map(
            ("CleanupDeadServers", () => _out.Bool(settings.CleanupDeadServers)),
            ("LastContactThreshold", () => _out.Number(settings.LastContactThreshold)),
            ("MaxTrailingLogs", () => _out.Number(settings.MaxTrailingLogs)),
            ("MinQuorum", () => _out.Number((ulong)settings.MinQuorum)),
            ("ServerStabilizationTime", () => _out.Number(settings.ServerStabilizationTime)),
            ("RedundancyZoneTag", () => _out.Text(settings.RedundancyZoneTag)),
            ("DisableUpgradeMigration", () => _out.Bool(settings.DisableUpgradeMigration)),
            ("UpgradeVersionTag", () => _out.Text(settings.UpgradeVersionTag)),
            ("CreateIndex", () => _out.Number(settings.CreateIndex)),
            ("ModifyIndex", () => _out.Number(settings.ModifyIndex)));
    }

    private void Intention(Intention intention)
    {
        Begin(RecordType.Intention);
        Map(
            ("ID", () => _out.Text(intention.Id)),
            ("Description", () => _out.Text(intention.Description)),
            ("SourceNS", () => _out.Text(intention.SourceNamespace)),
            ("SourceName", () => _out.Text(intention.SourceName)),
            ("DestinationNS", () => _out.Text(intention.DestinationNamespace)),
            ("DestinationName", () => _out.Text(intention.DestinationName)),
            ("SourceType", () => _out.Text(intention.SourceType)),
            ("Action", () => _out.Text(intention.Action)),
            ("DefaultAddr", () => _out.Text(intention.DefaultAddress)),
            ("DefaultPort", () => _out.Number(intention.DefaultPort)),
            ("Meta", () => _out.TextMap(intention.Meta)),
            ("Precedence", () => _out.Number(intention.Precedence)),
            ("CreatedAt", () => _out.Raw(GoTime.Write(intention.CreatedAt))),
            ("UpdatedAt", () => _out.Raw(GoTime.Write(intention.UpdatedAt))),
            ("Hash", () => _out.Raw(IntentionJson.HashOf(intention))),
            ("CreateIndex", () => _out.Number(intention.CreateIndex)),
            ("ModifyIndex", () => _out.Number(intention.ModifyIndex)));
    }

    private void Index(string key, ulong value)
    {
        if (value > 0)
        {
            Begin(RecordType.Index);
            Map(("Key", () => _out.Text(key)), ("Value", () => _out.Number(value)));
        }
    }

    private void Begin(RecordType type) => _out.Byte((byte)type);

    private void Map(params ReadOnlySpan<(string Name, Action Write)> fields)
    {
        _out.MapHead(fields.Length);
        foreach (var (name, write) in fields)
        {
            _out.Text(name);
            write();
        }
    }
}
