using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Answers questions from the newest state, as Consul does: see docs/dns.md. Neither waits nor blocks. Safe for use by many threads, each with
/// its own scratch.
/// </summary>
internal sealed class DnsResponder
{
    // As in Consul.
    private const int MostServers = 3;
    private static readonly byte[] s_reverseZone = [4, .. "arpa"u8, 0];

    private readonly DnsCatalog _catalog;
    private readonly AgentIdentity _identity;
    private readonly DnsSettings _settings;
    private readonly TimeProvider _time;
    private readonly ServiceAnswers _services;
    private readonly NodeAnswers _nodes;
    private readonly ReverseAnswers _reverse;

    public DnsResponder(DnsCatalog catalog, AgentIdentity identity, DnsSettings settings, TimeProvider time)
    {
        (_catalog, _identity, _settings, _time) = (catalog, identity, settings, time);
        _services = new ServiceAnswers(settings, FindHost);
        _nodes = new NodeAnswers(settings, FindHost);
        _reverse = new ReverseAnswers(settings);
    }

    /// <summary>Answers one message.</summary>
    /// <param name="message">What came.</param>
    /// <param name="buffer">Gets the answer; 65,535 bytes.</param>
    /// <param name="tcp">It came by TCP, so the answer may be long.</param>
    /// <param name="scratch">The thread's own.</param>
    /// <param name="length">Length of the answer.</param>
    public DnsOutcome Answer(ReadOnlySpan<byte> message, Span<byte> buffer, bool tcp, DnsScratch scratch, out int length)
    {
        length = 0;
        scratch.Hosts.Begin();
        Span<byte> nameBuffer = stackalloc byte[2 * DnsName.MaxLength];
        if (!DnsQuery.TryRead(message, nameBuffer, out var query, out var refusal))
        {
            length = refusal is { } code ? Refuse(query, code, buffer) : 0;
            return length > 0 ? DnsOutcome.Answered : DnsOutcome.Ignored;
        }

        var answer = new DnsAnswer(query, buffer, tcp);
        answer.WriteQuestion();
        Span<byte> lower = stackalloc byte[DnsName.MaxLength];
        var name = ToLower(query.Question.Name, lower);
        if (IsInZone(name, out var labels))
        {
            answer.Header = answer.Header with { Authoritative = true, RecursionAvailable = _settings.Recursors.Count > 0 };
            AnswerZone(ref answer, name, labels, scratch);
        }
        else if (name.IsWithin(DnsSettings.Name(s_reverseZone), out _) && _reverse.TryAnswer(ref answer, _catalog.All, name))
        {
            answer.Header = answer.Header with { Authoritative = true, RecursionAvailable = _settings.Recursors.Count > 0 };
        }
        else
        {
            return AnswerForeign(ref answer, name, out length);
        }

        length = answer.Finish();
        return scratch.Hosts.Wanted.Count > 0 ? DnsOutcome.FindHosts : DnsOutcome.Answered;
    }

    /// <summary>Only the header, or the question too where it could be read.</summary>
    private static int Refuse(DnsQuery query, DnsResponseCode code, Span<byte> buffer)
    {
        var writer = new DnsMessageWriter(buffer);
        if (!query.Question.Name.Wire.IsEmpty)
        {
            writer.TryWriteQuestion(query.Question);
        }

        // As Consul does: everything else of the header goes back as it came.
        const ushort Reserved = 0x0040;
        var header = new DnsHeader(query.Header.Id, (ushort)(query.Header.Flags & ~Reserved)) { IsResponse = true, Authoritative = false, ResponseCode = code };
        return writer.Finish(code == DnsResponseCode.FormatError ? header with { Opcode = DnsOpcode.Query } : header);
    }

    private DnsOutcome AnswerForeign(ref DnsAnswer answer, scoped DnsName name, out int length)
    {
        var forwards = _settings.Recursors.Count > 0;

        // A reverse name is this agent's to answer, so without a server to ask it fails, and is not refused.
        if (forwards || name.IsWithin(DnsSettings.Name(s_reverseZone), out _))
        {
            answer.Header = answer.Header with { RecursionAvailable = true, ResponseCode = DnsResponseCode.ServerFailure };
            length = answer.Finish();
        }
        else
        {
            answer.Header = answer.Header with { ResponseCode = DnsResponseCode.Refused };
            length = answer.Finish(withEdns: false);
        }

        return forwards ? DnsOutcome.Forward : DnsOutcome.Answered;
    }

    private void AnswerZone(ref DnsAnswer answer, scoped DnsName name, int labels, DnsScratch scratch)
    {
        switch (answer.Type)
        {
            case DnsType.Soa:
                WriteSoa(ref answer, DnsSection.Answer);
                WriteServers(ref answer, DnsSection.Authority, scratch);
                return;
            case DnsType.Ns:
                WriteServers(ref answer, DnsSection.Answer, scratch);
                return;
            case DnsType.Axfr:
                answer.Header = answer.Header with { ResponseCode = DnsResponseCode.NotImplemented };
                return;
            default:
                break;
        }

        switch (AnswerName(ref answer, name, labels, scratch))
        {
            case DnsFinding.Unknown:
                answer.Header = answer.Header with { ResponseCode = DnsResponseCode.NameError };
                WriteSoa(ref answer, DnsSection.Authority);
                break;
            case DnsFinding.Empty:
                WriteSoa(ref answer, DnsSection.Authority);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// A name is what is asked for (<c>web</c>, <c>v1.web</c>), what it is (<c>service</c>, <c>node</c>, <c>addr</c>), and perhaps a datacenter, read
    /// from the end as Consul does.
    /// </summary>
    private DnsFinding AnswerName(ref DnsAnswer answer, scoped DnsName name, int labels, DnsScratch scratch)
    {
        Span<byte> starts = stackalloc byte[DnsName.MaxLength / 2];
        var at = 0;
        for (var label = 0; label < labels; label++)
        {
            starts[label] = (byte)at;
            at += 1 + name.Wire[at];
        }

        var parts = new DnsNameParts(name.Wire, starts[..labels]);
        for (var label = labels - 1; label >= 0; label--)
        {
            var kind = parts[label];
            var before = parts[..label];
            var after = parts[(label + 1)..];
            if (kind.SequenceEqual("service"u8))
            {
                return IsHere(after) ? AnswerService(ref answer, before, scratch) : DnsFinding.Unknown;
            }

            if (kind.SequenceEqual("node"u8))
            {
                return IsHere(after) && before.Count > 0 ? _nodes.Answer(ref answer, _catalog, before.Join(), scratch) : DnsFinding.Unknown;
            }

            if (kind.SequenceEqual("addr"u8))
            {
                return before.Count == 1 ? _nodes.AnswerAddress(ref answer, before[0]) : DnsFinding.Unknown;
            }

            if (kind.SequenceEqual("query"u8))
            {
                return IsHere(after) && before.Count > 0 ? AnswerQuery(ref answer, before.Join(), scratch) : DnsFinding.Unknown;
            }

            if (kind.SequenceEqual("connect"u8) || kind.SequenceEqual("ingress"u8))
            {
                return IsHere(after) && before.Count > 0
                    ? AnswerOfMesh(ref answer, Encoding.UTF8.GetString(before[before.Count - 1]), isIngress: kind.SequenceEqual("ingress"u8), scratch)
                    : DnsFinding.Unknown;
            }

            // RFC 2782 names say what they are by themselves.
            if (answer.Type == DnsType.Srv && kind.StartsWith("_"u8))
            {
                return IsHere(after) ? AnswerService(ref answer, parts[..(label + 1)], scratch) : DnsFinding.Unknown;
            }
        }

        return DnsFinding.Unknown;
    }

    private DnsFinding AnswerService(ref DnsAnswer answer, scoped DnsNameParts parts, DnsScratch scratch)
    {
        var (service, tag) = ("", "");
        if (parts.Count == 2 && parts[0].StartsWith("_"u8) && parts[1].StartsWith("_"u8))
        {
            // RFC 2782: the protocol is a tag, but for tcp, which stands for none.
            service = Encoding.UTF8.GetString(parts[0][1..]);
            tag = parts[1].SequenceEqual("_tcp"u8) ? "" : Encoding.UTF8.GetString(parts[1][1..]);
        }
        else if (parts.Count > 0)
        {
            service = Encoding.UTF8.GetString(parts[parts.Count - 1]);
            tag = parts[..(parts.Count - 1)].Join();
        }

        return Answer(ref answer, _catalog.FindService(service), service, tag, scratch);
    }

    private DnsFinding AnswerOfMesh(ref DnsAnswer answer, string service, bool isIngress, DnsScratch scratch) =>
        Answer(ref answer, isIngress ? _catalog.FindIngress(service) : _catalog.FindConnected(service), service, tag: "", scratch);

    private DnsFinding Answer(ref DnsAnswer answer, ServiceEntry? entry, string service, string tag, DnsScratch scratch) =>
        entry is null ? DnsFinding.Unknown : _services.Answer(ref answer, entry, tag, _settings.ServiceTtl(service), scratch);

    private DnsFinding AnswerQuery(ref DnsAnswer answer, string name, DnsScratch scratch)
    {
        var root = _catalog.Root;
        if (QueryExecutor.Resolve(root, name, out var fault) is not { } query || fault is not null)
        {
            return DnsFinding.Unknown;
        }

        var ttl = GoDuration.TryParse(query.DnsTtl, out var own) ? (uint)own.TotalSeconds : _settings.ServiceTtl(query.Service);
        return _catalog.AccessOf(query) is { } access
            ? _services.Answer(ref answer, new QueryExecutor(_identity.NodeName, scratch.Random).Execute(root, query, near: "", limit: 0, access), ttl, scratch)
            : DnsFinding.Unknown;
    }

    /// <summary>What the zone says of the name, as to one who asks by UDP for everything; of names outside, what other servers said.</summary>
    private IReadOnlyList<DnsRecord> FindHost(scoped DnsName host, int left, DnsScratch scratch)
    {
        Span<byte> lower = stackalloc byte[DnsName.MaxLength];
        var name = ToLower(host, lower);
        if (!IsInZone(name, out var labels) || labels == 0)
        {
            return _settings.Recursors.Count > 0 ? scratch.Hosts.Find(host) : [];
        }

        if (left == 0)
        {
            return [];
        }

        var inner = scratch.Inner;
        var answer = new DnsAnswer(DnsQuery.Of(new DnsQuestion(host, DnsType.Any)), inner.Fragment, tcp: false, left - 1);
        answer.WriteQuestion();
        AnswerName(ref answer, name, labels, inner);
        return DnsMessage.TryParse(inner.Fragment[..answer.Finish()], out var message) == DnsFault.None ? message!.Answers : [];
    }

    /// <summary>With the letters A to Z in lower case, which are all that have one in DNS (RFC 4343); bytes beyond ASCII stay what they are.</summary>
    private static DnsName ToLower(scoped DnsName name, Span<byte> buffer)
    {
        // Ends at the first byte beyond ASCII, which hardly any name has.
        var wire = name.Wire;
        Ascii.ToLower(wire, buffer, out var done);
        for (; done < wire.Length; done++)
        {
            buffer[done] = wire[done] is >= (byte)'A' and <= (byte)'Z' ? (byte)(wire[done] | 0x20) : wire[done];
        }

        return DnsSettings.Name(buffer[..wire.Length]);
    }

    private bool IsInZone(scoped DnsName name, out int labels) =>
        name.IsWithin(_settings.Domain, out labels) || (_settings.HasAltDomain && name.IsWithin(_settings.AltDomain, out labels));

    /// <summary>Nothing, or this datacenter.</summary>
    private bool IsHere(scoped DnsNameParts datacenter) =>
        datacenter.Count == 0 || (datacenter.Count == 1 && Ascii.Equals(datacenter[0], _settings.Datacenter));

    private void WriteSoa(ref DnsAnswer answer, DnsSection section) => answer.Writer.TryWriteSoa(
        section,
        _settings.Domain,
        _settings.SoaMinTtl,
        DnsSettings.Name(_settings.Primary),
        DnsSettings.Name(_settings.Mail),
        (uint)_time.GetUtcNow().ToUnixTimeSeconds(),
        _settings.SoaRefresh,
        _settings.SoaRetry,
        _settings.SoaExpire,
        _settings.SoaMinTtl);

    /// <summary>
    /// As in Consul, the nodes on which the service of its servers, <c>consul</c>, is healthy: usually this one alone, and none while it is under maintenance. One whose name is no host's
    /// name is none.
    /// </summary>
    private void WriteServers(ref DnsAnswer answer, DnsSection section, DnsScratch scratch)
    {
        ServiceInstance[] servers = _catalog.FindService(_identity.OwnService.Service) is { } entry
            ? [.. entry.Instances.Values.Where(instance => DnsServiceView.IsHealthy(instance, _settings) && IsHostName(instance.Node.Node))]
            : [];
        scratch.Random.Shuffle(servers);
        List<(byte[] Name, CatalogNode Node)> named = [];
        foreach (var server in servers.AsSpan(0, Math.Min(servers.Length, MostServers)))
        {
            if (DnsServiceView.Join(server.Node.Node.ToLowerInvariant(), _settings.NodeSuffix) is { } name)
            {
                named.Add((name, server.Node));
                answer.Writer.TryWriteName(section, _settings.Domain, DnsType.Ns, _settings.NodeTtl, DnsSettings.Name(name));
            }
        }

        // After all of them, as sections follow each other.
        foreach (var (name, node) in named)
        {
            if (GoAddress.TryParse(LanAddresses.Of(node, DnsType.Any), out var address))
            {
                answer.Writer.TryWriteAddress(DnsSection.Additional, DnsSettings.Name(name), _settings.NodeTtl, address.GetAddressBytes());
            }
        }
    }

    private static bool IsHostName(string node) => node.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
