using System.Buffers;
using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>
/// What <c>agent/self</c> shows of the agent's configuration, under Consul's names and in its order: what is true of this agent. Secrets, which Consul hides, are
/// left out, and so is what it takes and makes no use of.
/// </summary>
internal static class DebugConfig
{
    private static readonly CheckSchedulerOptions s_checks = new();

    /// <summary>Reads the options, which may be changed after.</summary>
    public static JsonElement Of(ConsulAgentOptions options, AgentIdentity identity)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, options, identity);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter json, ConsulAgentOptions options, AgentIdentity identity)
    {
        json.WriteString("ACLDatacenter"u8, identity.Datacenter);
        json.WriteString("ACLDefaultPolicy"u8, options.Acl.AllowByDefault ? "allow" : "deny");
        json.WriteBoolean("ACLEnableKeyListPolicy"u8, options.Acl.EnableKeyListPolicy);
        json.WriteBoolean("ACLEnableTokenPersistence"u8, options.Acl.PersistTokens);
        json.WriteBoolean("ACLTokenReplication"u8, false);
        json.WriteBoolean("ACLsEnabled"u8, options.Acl.Enabled);
        json.WriteString("AdvertiseAddrLAN"u8, identity.Address);
        json.WriteString("AdvertiseAddrWAN"u8, identity.WanAddress);
        WireJson.Texts(json, "AllowWriteHTTPFrom"u8, [.. options.AllowWritesFrom.Select(static network => network.ToString())]);
        var bind = AgentAddresses.Parse(options.BindAddress, nameof(options.BindAddress)).ToString();
        json.WriteString("BindAddr"u8, bind);
        json.WriteBoolean("Bootstrap"u8, identity.IsBootstrap);
        json.WriteNumber("BootstrapExpect"u8, 0);
        json.WriteString("CAFile"u8, options.Tls.AuthorityFile ?? "");
        json.WriteString("CAPath"u8, options.Tls.AuthorityDirectory ?? "");
        json.WriteString("CertFile"u8, options.Tls.CertificateFile ?? "");
        Time(json, "CheckDeregisterIntervalMin"u8, s_checks.MinDeregisterAfter);
        json.WriteNumber("CheckOutputMaxSize"u8, options.CheckOutputMaxSize);
        Time(json, "CheckReapInterval"u8, s_checks.ReapInterval);
        Time(json, "CheckUpdateInterval"u8, options.CheckUpdateInterval);
        var client = AgentAddresses.Client(options);
        WireJson.Texts(json, "ClientAddrs"u8, [.. client.Select(static address => address.ToString())]);
        json.WriteBoolean("ConnectEnabled"u8, options.ConnectEnabled);
        json.WriteBoolean("ConnectMeshGatewayWANFederationEnabled"u8, false);
        json.WriteNumber("ConnectSidecarMaxPort"u8, options.SidecarPorts.Max);
        json.WriteNumber("ConnectSidecarMinPort"u8, options.SidecarPorts.Min);
        WriteDns(json, options, client);
        json.WriteString("DataDir"u8, options.DataDirectory ?? "");
        json.WriteString("Datacenter"u8, identity.Datacenter);
        Time(json, "DefaultQueryTime"u8, options.DefaultQueryTime);
        json.WriteBoolean("DevMode"u8, options.DataDirectory is null);
        json.WriteBoolean("DisableHTTPUnprintableCharFilter"u8, options.AllowUnprintablePaths);
        json.WriteBoolean("DisableRemoteExec"u8, true);
        json.WriteBoolean("DiscardCheckOutput"u8, options.DiscardCheckOutput);
        json.WriteBoolean("EnableAgentTLSForChecks"u8, options.Tls.UseForChecks);

        // There is no profiler to ask; 'consul debug' looks here first.
        json.WriteBoolean("EnableDebug"u8, false);
        json.WriteBoolean("EnableRemoteScriptChecks"u8, options.EnableScriptChecks);
        json.WriteBoolean("EnableUI"u8, false);
        WriteHttp(json, options, client);
        json.WriteNumber("KVMaxValueSize"u8, options.Limits.MaxValueBytes);
        Time(json, "MaxQueryTime"u8, options.MaxQueryTime);
        json.WriteString("NodeID"u8, identity.NodeId);
        WireJson.TextMap(json, "NodeMeta"u8, identity.Meta);
        json.WriteString("NodeName"u8, identity.NodeName);
        json.WriteBoolean("NonVotingServer"u8, false);
        json.WriteString("PrimaryDatacenter"u8, identity.Datacenter);
        json.WriteString("RPCAdvertiseAddr"u8, Tcp(identity.Address, identity.Ports.Server));
        json.WriteString("RPCBindAddr"u8, Tcp(bind, identity.Ports.Server));
        WireJson.Texts(json, "RetryJoinLAN"u8, []);
        WireJson.Texts(json, "RetryJoinWAN"u8, []);
        json.WriteString("Revision"u8, "");
        json.WriteString("SegmentName"u8, "");
        WireJson.Texts(json, "Segments"u8, []);
        json.WriteString("SerfAdvertiseAddrLAN"u8, Tcp(identity.Address, identity.Ports.SerfLan));
        json.WriteString("SerfAdvertiseAddrWAN"u8, Tcp(identity.WanAddress, identity.Ports.SerfWan));
        json.WriteString("SerfBindAddrLAN"u8, Tcp(bind, identity.Ports.SerfLan));
        json.WriteString("SerfBindAddrWAN"u8, Tcp(bind, identity.Ports.SerfWan));
        json.WriteNumber("SerfPortLAN"u8, identity.Ports.SerfLan);
        json.WriteNumber("SerfPortWAN"u8, identity.Ports.SerfWan);
        json.WriteBoolean("ServerMode"u8, true);
        json.WriteNumber("ServerPort"u8, identity.Ports.Server);
        Time(json, "SessionTTLMin"u8, options.SessionTtlMin);
        WireJson.Texts(json, "StartJoinAddrsLAN"u8, []);
        WireJson.Texts(json, "StartJoinAddrsWAN"u8, []);
        json.WriteString("TLSMinVersion"u8, options.Tls.MinVersion == SslProtocols.Tls13 ? "tls13" : "tls12");
        WireJson.TextMap(json, "TaggedAddresses"u8, identity.Node.TaggedAddresses);
        json.WriteNumber("TxnMaxReqLen"u8, options.Limits.MaxTransactionBytes);
        json.WriteString("UnixSocketGroup"u8, options.UnixSocketGroup ?? "");
        json.WriteString("UnixSocketMode"u8, options.UnixSocketMode is { } mode ? $"0{Convert.ToString((int)mode, 8)}" : "");
        json.WriteString("UnixSocketUser"u8, options.UnixSocketUser ?? "");
        json.WriteBoolean("VerifyIncomingHTTPS"u8, options.Tls.VerifyIncoming);
        json.WriteBoolean("VerifyOutgoing"u8, false);
        json.WriteBoolean("VerifyServerHostname"u8, false);
        json.WriteString("Version"u8, AgentIdentity.ApiVersion);
        json.WriteString("VersionPrerelease"u8, "");
        WireJson.Texts(json, "Watches"u8, []);
    }

    private static void WriteDns(Utf8JsonWriter json, ConsulAgentOptions options, IReadOnlyList<IPAddress> client)
    {
        var dns = options.Dns;
        var addresses = options.DnsPort < 0 ? [] : AgentAddresses.Dns(options, client);
        json.WriteNumber("DNSARecordLimit"u8, dns.AddressLimit);
        WireJson.Texts(json, "DNSAddrs"u8, [.. addresses.Select(address => Tcp($"{address}", options.DnsPort)), .. addresses.Select(address => $"udp://{GoAddress.Join($"{address}", options.DnsPort)}")]);
        json.WriteString("DNSAltDomain"u8, dns.AltDomain ?? "");
        json.WriteBoolean("DNSDisableCompression"u8, false);
        json.WriteString("DNSDomain"u8, dns.Domain);
        json.WriteBoolean("DNSEnableTruncate"u8, dns.EnableTruncate);
        json.WriteBoolean("DNSNodeMetaTXT"u8, dns.NodeMetaText);
        Time(json, "DNSNodeTTL"u8, dns.NodeTtl);
        json.WriteBoolean("DNSOnlyPassing"u8, dns.OnlyPassing);
        json.WriteNumber("DNSPort"u8, options.DnsPort);
        Time(json, "DNSRecursorTimeout"u8, dns.RecursorTimeout);
        WireJson.Texts(json, "DNSRecursors"u8, [.. dns.Recursors]);
        json.WriteNumber("DNSUDPAnswerLimit"u8, dns.UdpAnswerLimit);
    }

    private static void WriteHttp(Utf8JsonWriter json, ConsulAgentOptions options, IReadOnlyList<IPAddress> client)
    {
        string[] addresses = options.UnixSocket is { } path ? [$"unix://{path}"]
            : options.HttpPort < 0 || options.Transport is not null ? []
            : [.. client.Select(address => Tcp($"{address}", options.HttpPort))];
        WireJson.Texts(json, "GRPCAddrs"u8, []);
        json.WriteNumber("GRPCPort"u8, -1);
        WireJson.Texts(json, "HTTPAddrs"u8, addresses);
        WireJson.Texts(json, "HTTPBlockEndpoints"u8, options.BlockedEndpoints);

        // Where there is no limit.
        json.WriteNumber("HTTPMaxConnsPerClient"u8, options.MaxConnectionsPerClient ?? 0);
        json.WriteNumber("HTTPPort"u8, options.HttpPort);
        WireJson.Texts(json, "HTTPSAddrs"u8, options.HttpsPort < 0 ? [] : [.. AgentAddresses.Https(options, client).Select(address => Tcp($"{address}", options.HttpsPort))]);
        Time(json, "HTTPSHandshakeTimeout"u8, options.Limits.TlsHandshakeTimeout);
        json.WriteNumber("HTTPSPort"u8, options.HttpsPort);
    }

    private static string Tcp(string address, int port) => $"tcp://{GoAddress.Join(address, port)}";

    private static void Time(Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan time) => json.WriteString(name, GoDuration.Format(time));
}
