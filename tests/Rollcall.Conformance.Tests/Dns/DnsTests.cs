using System.Net.Sockets;
using Rollcall.Consul.Wire;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>Both agents are asked the same about the same services; what they have to say stands in the table.</summary>
public class DnsTests(Agents agents) : IClassFixture<Agents>
{
    private const string Soa = "consul. 0 Soa ns.consul. hostmaster.consul. 3600 600 86400 0";
    private const string Unknown = "NameError aa rd edns 1232\nauthority " + Soa;
    private const string Nothing = "NoError aa rd edns 1232\nauthority " + Soa;
    private const string Found = "NoError aa rd edns 1232\n";
    private const string Node = "additional node1.node.dc1.consul. 0 Txt consul-network-segment=";

    /// <summary>Question and answer; <c>$</c> stands for the text that several have in common.</summary>
    private static readonly Dictionary<string, string> s_answers = new(StringComparer.Ordinal)
    {
        ["web.service.consul A"] = Found + "answer web.service.consul. 0 A 10.0.0.1\nanswer web.service.consul. 0 A 10.0.0.2",
        ["WEB.Service.DC1.Consul A"] = Found + "answer web.service.dc1.consul. 0 A 10.0.0.1\nanswer web.service.dc1.consul. 0 A 10.0.0.2",
        ["v1.web.service.consul A"] = Found + "answer v1.web.service.consul. 0 A 10.0.0.1",
        ["ALL.web.service.consul A"] = Found + "answer all.web.service.consul. 0 A 10.0.0.1\nanswer all.web.service.consul. 0 A 10.0.0.2",
        ["v9.web.service.consul A"] = Unknown,
        ["a.b.web.service.consul A"] = Found + "answer a.b.web.service.consul. 0 A 10.0.0.2",
        ["web.service.consul Aaaa"] = Nothing,
        ["web.service.consul Mx"] = Nothing,
        ["web.service.consul Ptr"] = Nothing,
        ["v1.web.service.consul Txt"] = Found + "answer v1.web.service.consul. 0 A 10.0.0.1",
        ["v1.web.service.consul Any"] = Found + "answer v1.web.service.consul. 0 A 10.0.0.1",
        ["v1.web.service.consul Srv"] = Found
            + "answer v1.web.service.consul. 0 Srv 1 3 8001 0a000001.addr.dc1.consul.\n"
            + "additional 0a000001.addr.dc1.consul. 0 A 10.0.0.1\n" + Node,
        ["_web._v1.service.consul Srv"] = Found
            + "answer _web._v1.service.consul. 0 Srv 1 3 8001 0a000001.addr.dc1.consul.\n"
            + "additional 0a000001.addr.dc1.consul. 0 A 10.0.0.1\n" + Node,
        ["_web._v1.dc1.consul Srv"] = Found
            + "answer _web._v1.dc1.consul. 0 Srv 1 3 8001 0a000001.addr.dc1.consul.\n"
            + "additional 0a000001.addr.dc1.consul. 0 A 10.0.0.1\n" + Node,
        ["_web._tcp.service.consul A"] = Found + "answer _web._tcp.service.consul. 0 A 10.0.0.1\nanswer _web._tcp.service.consul. 0 A 10.0.0.2",
        ["_web._v1.consul A"] = Unknown,
        ["_web._v1.x.service.consul Srv"] = Unknown,
        ["web._v1.service.consul A"] = Unknown,
        ["_x.consul Srv"] = Unknown,
        ["web.service.nodc.consul A"] = Unknown,
        ["web.service.dc1.more.consul A"] = Unknown,
        ["nope.service.consul A"] = Unknown,
        ["service.consul A"] = Unknown,
        ["bare.service.consul Srv"] = Found
            + "answer bare.service.consul. 0 Srv 1 1 99 node1.node.dc1.consul.\n"
            + "additional node1.node.dc1.consul. 0 A 127.0.0.1\n" + Node,
        ["bare.service.consul Cname"] = Nothing,
        ["same.service.consul Srv"] = Found
            + "answer same.service.consul. 0 Srv 1 1 99 7f000001.addr.dc1.consul.\n"
            + "additional 7f000001.addr.dc1.consul. 0 A 127.0.0.1\n" + Node,
        ["six.service.consul A"] = Nothing,
        ["six.service.consul Aaaa"] = Found + "answer six.service.consul. 0 Aaaa fd00::1",
        ["six.service.consul Srv"] = Found
            + "answer six.service.consul. 0 Srv 1 1 99 fd000000000000000000000000000001.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000001.addr.dc1.consul. 0 Aaaa fd00::1\n" + Node,
        ["mapped.service.consul A"] = Found + "answer mapped.service.consul. 0 A 10.3.0.6",
        ["mapped.service.consul Aaaa"] = Nothing,
        ["mapped.service.consul Srv"] = Found
            + "answer mapped.service.consul. 0 Srv 1 1 99 0a030006.addr.dc1.consul.\n"
            + "additional 0a030006.addr.dc1.consul. 0 A 10.3.0.6\n" + Node,
        ["zeros.service.consul A"] = Found + "answer zeros.service.consul. 0 A 10.3.0.7",
        ["short.service.consul A"] = Found + "answer short.service.consul. 0 Cname 127.1.",
        ["short.service.consul Srv"] = Found + "answer short.service.consul. 0 Srv 1 1 99 127.1.\n" + Node,
        ["host.service.consul A"] = Found + "answer host.service.consul. 0 Cname some.example.org.",
        ["host.service.consul Mx"] = Found + "answer host.service.consul. 0 Cname some.example.org.",
        ["host.service.consul Srv"] = Found + "answer host.service.consul. 0 Srv 1 1 99 some.example.org.\n" + Node,
        ["alias.service.consul A"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Aaaa"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Mx"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Any"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Cname"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Txt"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias.service.consul Srv"] = Found
            + "answer alias.service.consul. 0 Srv 1 1 2 plain.service.consul.\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=\n"
            + "additional plain.service.consul. 0 A 10.3.0.1",
        ["alias2.service.consul A"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer alias2.service.consul. 0 Cname alias.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["alias4.service.consul A"] = Found
            + "answer alias.service.consul. 0 Cname plain.service.consul.\n"
            + "answer alias2.service.consul. 0 Cname alias.service.consul.\n"
            + "answer alias3.service.consul. 0 Cname alias2.service.consul.\n"
            + "answer alias4.service.consul. 0 Cname alias3.service.consul.",
        ["alias4.service.consul Srv"] = Found
            + "answer alias4.service.consul. 0 Srv 1 1 2 alias3.service.consul.\n"
            + "additional alias.service.consul. 0 Cname plain.service.consul.\n"
            + "additional alias2.service.consul. 0 Cname alias.service.consul.\n"
            + "additional alias3.service.consul. 0 Cname alias2.service.consul.\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=",
        ["aliassix.service.consul A"] = Found
            + "answer aliassix.service.consul. 0 Cname six.service.consul.\n"
            + "answer six.service.consul. 0 Aaaa fd00::1",
        ["aliasnode.service.consul A"] = Found
            + "answer aliasnode.service.consul. 0 Cname node1.node.DC1.consul.\n"
            + "answer node1.node.dc1.consul. 0 A 127.0.0.1",
        ["aliasaddr.service.consul A"] = Found
            + "answer 0a000001.addr.consul. 0 A 10.0.0.1\n"
            + "answer aliasaddr.service.consul. 0 Cname 0a000001.addr.consul.",
        ["aliasquery.service.consul A"] = Found
            + "answer aliasquery.service.consul. 0 Cname webs.query.consul.\n"
            + "answer webs.query.consul. 0 A 10.0.0.1",
        ["aliasq.query.consul A"] = Found
            + "answer aliasq.query.consul. 7 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 7 A 10.3.0.1",
        ["aliasq.query.consul Srv"] = Found
            + "answer aliasq.query.consul. 7 Srv 1 1 2 plain.service.consul.\n"
            + "additional node1.node.dc1.consul. 7 Txt consul-network-segment=\n"
            + "additional plain.service.consul. 7 A 10.3.0.1",
        ["aliasupper.service.consul Srv"] = Found
            + "answer aliasupper.service.consul. 0 Srv 1 1 2 PLAIN.Service.Consul.\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=\n"
            + "additional plain.service.consul. 0 A 10.3.0.1",
        ["dead.service.consul A"] = Found
            + "answer dead.service.consul. 0 Cname nope.service.consul.",
        ["apex.service.consul A"] = Found
            + "answer apex.service.consul. 0 Cname consul.",
        ["mixed.service.consul A"] = Found
            + "answer mixed.service.consul. 0 A 10.0.0.9",
        ["mixed.service.consul Aaaa"] = Found
            + "answer mixed.service.consul. 0 Cname plain.service.consul.\n"
            + "answer plain.service.consul. 0 A 10.3.0.1",
        ["mixed.service.consul Srv"] = Found
            + "answer mixed.service.consul. 0 Srv 1 1 2 0a000009.addr.dc1.consul.\n"
            + "answer mixed.service.consul. 0 Srv 1 1 2 plain.service.consul.\n"
            + "additional 0a000009.addr.dc1.consul. 0 A 10.0.0.9\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=\n"
            + "additional plain.service.consul. 0 A 10.3.0.1",
        ["self.service.consul A"] = Found
            + "answer self.service.consul. 0 A 127.0.0.1",
        ["self.service.consul Srv"] = Found
            + "answer self.service.consul. 0 Srv 1 1 2 node1.node.dc1.consul.\n"
            + "additional node1.node.dc1.consul. 0 A 127.0.0.1\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=",
        ["SELF.service.consul A"] = Found
            + "answer self.service.consul. 0 A 127.0.0.1\n"
            + "answer self.service.consul. 0 Cname self.service.consul.",
        ["toself.service.consul A"] = Found
            + "answer self.service.consul. 0 A 127.0.0.1\n"
            + "answer toself.service.consul. 0 Cname self.service.consul.",
        ["ring.service.consul A"] = Found
            + "answer ring.service.consul. 0 Cname ring.service.consul.\n"
            + "answer ring.service.consul. 0 Cname ring.service.consul.\n"
            + "answer ring.service.consul. 0 Cname ring.service.consul.\n"
            + "answer ring.service.consul. 0 Cname ring.service.consul.",
        ["ring.service.consul Srv"] = Found
            + "answer ring.service.consul. 0 Srv 1 1 9 ring.service.consul.\n"
            + "additional ring.service.consul. 0 Cname ring.service.consul.\n"
            + "additional ring.service.consul. 0 Cname ring.service.consul.\n"
            + "additional ring.service.consul. 0 Cname ring.service.consul.",
        ["byname.node.consul A"] = Found
            + "answer byname.node.consul. 0 Cname ext.node.consul.\n"
            + "answer ext.node.consul. 0 A 192.0.2.7\n"
            + "answer ext.node.consul. 0 Txt `=q=r\n"
            + "answer ext.node.consul. 0 Txt a=b\n"
            + "answer ext.node.consul. 0 Txt y\n"
            + "additional byname.node.consul. 0 Txt k=v",
        ["byname.node.consul Any"] = Found
            + "answer byname.node.consul. 0 Cname ext.node.consul.\n"
            + "answer byname.node.consul. 0 Txt k=v\n"
            + "answer ext.node.consul. 0 A 192.0.2.7\n"
            + "answer ext.node.consul. 0 Txt `=q=r\n"
            + "answer ext.node.consul. 0 Txt a=b\n"
            + "answer ext.node.consul. 0 Txt y",
        ["bynames.service.consul A"] = Found
            + "answer bynames.service.consul. 0 Cname ext.node.consul.\n"
            + "answer ext.node.consul. 0 A 192.0.2.7",
        ["bynames.service.consul Srv"] = Found
            + "answer bynames.service.consul. 0 Srv 1 1 9 ext.node.consul.\n"
            + "additional byname.node.dc1.consul. 0 Txt k=v\n"
            + "additional ext.node.consul. 0 A 192.0.2.7",
        ["ports.service.consul Srv"] = Found
            + "answer ports.service.consul. 0 Srv 1 1 1 0a030002.addr.dc1.consul.\n"
            + "answer ports.service.consul. 0 Srv 1 1 2 0a030002.addr.dc1.consul.\n"
            + "additional 0a030002.addr.dc1.consul. 0 A 10.3.0.2\n"
            + "additional 0a030002.addr.dc1.consul. 0 A 10.3.0.2\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=\n"
            + "additional node1.node.dc1.consul. 0 Txt consul-network-segment=",
        ["twice.service.consul Srv"] = Found
            + "answer twice.service.consul. 0 Srv 1 1 9 0a030003.addr.dc1.consul.\n"
            + "answer twice.service.consul. 0 Srv 1 1 9 0a030003.addr.dc1.consul.\n"
            + "additional 0a030003.addr.dc1.consul. 0 A 10.3.0.3\n"
            + "additional 0a030003.addr.dc1.consul. 0 A 10.3.0.3",
        ["twice.service.consul A"] = Found
            + "answer twice.service.consul. 0 A 10.3.0.3",
        ["heavy.service.consul Srv"] = Found
            + "answer heavy.service.consul. 0 Srv 1 700 9 0a030004.addr.dc1.consul.\n"
            + "additional 0a030004.addr.dc1.consul. 0 A 10.3.0.4",
        ["wrongweight.service.consul Srv"] = Found
            + "answer wrongweight.service.consul. 0 Srv 1 1 9 0a030004.addr.dc1.consul.\n"
            + "additional 0a030004.addr.dc1.consul. 0 A 10.3.0.4",
        ["odd.service.consul Srv"] = Found
            + "answer odd.service.consul. 0 Srv 1 1 9 0a030005.addr.dc1.consul.\n"
            + "additional 0a030005.addr.dc1.consul. 0 A 10.3.0.5",
        ["farport.service.consul Srv"] = Found
            + "answer farport.service.consul. 0 Srv 1 1 4464 0a030004.addr.dc1.consul.\n"
            + "additional 0a030004.addr.dc1.consul. 0 A 10.3.0.4",
        ["web.connect.dc1.consul A"] = Unknown,
        ["web.connect.nodc.consul A"] = Unknown,
        ["v1.web.connect.consul Srv"] = Unknown,
        ["web.ingress.consul A"] = Unknown,
        ["connect.consul A"] = Unknown,
        ["node1.node.nodc.consul A"] = Unknown,
        ["node1.node.dc1.more.consul A"] = Unknown,
        ["_web._v1.nodc.consul Srv"] = Unknown,
        ["webs.query.nodc.consul Srv"] = Unknown,
        ["web.virtual.consul A"] = Unknown,
        ["web.service.ns.dc1.consul A"] = Unknown,
        ["web.service.nodc.consul Ns"] = Found + "answer consul. 0 Ns node1.node.dc1.consul.\nadditional node1.node.dc1.consul. 0 A 127.0.0.1",
        ["warn.service.consul Srv"] = Found
            + "answer warn.service.consul. 0 Srv 1 4 99 0a010001.addr.dc1.consul.\n"
            + "additional 0a010001.addr.dc1.consul. 0 A 10.1.0.1\n" + Node,
        ["critical.service.consul A"] = Unknown,
        ["node1.node.consul A"] = Found + "answer node1.node.consul. 0 A 127.0.0.1\nadditional node1.node.consul. 0 Txt consul-network-segment=",
        ["node1.node.consul Aaaa"] = Found + "additional node1.node.consul. 0 Txt consul-network-segment=",
        ["node1.node.dc1.consul Txt"] = Found + "answer node1.node.dc1.consul. 0 Txt consul-network-segment=",
        ["node1.node.consul Any"] = Found + "answer node1.node.consul. 0 A 127.0.0.1\nanswer node1.node.consul. 0 Txt consul-network-segment=",
        ["node1.node.consul Mx"] = Found,
        ["nope.node.consul A"] = Unknown,
        ["node.consul A"] = Unknown,
        ["ext.node.consul Txt"] = Found
            + "answer ext.node.consul. 0 Txt `=q=r\nanswer ext.node.consul. 0 Txt a=b\nanswer ext.node.consul. 0 Txt y",
        ["exts.service.consul Srv"] = Found
            + "answer exts.service.consul. 0 Srv 1 1 9 ext.node.dc1.consul.\n"
            + "additional ext.node.dc1.consul. 0 A 192.0.2.7\nadditional ext.node.dc1.consul. 0 Txt `=q=r\n"
            + "additional ext.node.dc1.consul. 0 Txt a=b\nadditional ext.node.dc1.consul. 0 Txt y",
        ["named.node.consul A"] = Found + "answer named.node.consul. 0 Cname www.example.org.",
        ["named.node.consul Cname"] = Found,
        ["nameds.service.consul Srv"] = Found + "answer nameds.service.consul. 0 Srv 1 1 9 www.example.org.",
        ["mapped.node.consul A"] = Found + "answer mapped.node.consul. 0 A 192.0.2.10",
        ["mapped.node.consul Aaaa"] = Found,
        ["number.node.consul A"] = Found + "answer number.node.consul. 0 Cname 1.",
        ["my.dotted.node.consul A"] = Found + "answer my.dotted.node.consul. 0 A 192.0.2.8",
        ["0a000001.addr.consul A"] = Found + "answer 0a000001.addr.consul. 0 A 10.0.0.1",
        ["0A000001.addr.dc9.consul Txt"] = Found + "answer 0a000001.addr.dc9.consul. 0 A 10.0.0.1",
        ["fd000000000000000000000000000001.addr.consul A"] = Found + "answer fd000000000000000000000000000001.addr.consul. 0 Aaaa fd00::1",
        ["0a0000.addr.consul A"] = Found,
        ["0a00000g.addr.consul A"] = Unknown,
        ["0a000001f.addr.consul A"] = Unknown,
        ["x.0a000001.addr.consul A"] = Unknown,
        ["addr.consul A"] = Unknown,
        ["nope.query.consul A"] = Unknown,
        ["query.consul A"] = Unknown,
        ["webs.query.consul A"] = Found + "answer webs.query.consul. 7 A 10.0.0.1",
        ["WEBS.query.dc1.consul Srv"] = Found
            + "answer webs.query.dc1.consul. 7 Srv 1 3 8001 0a000001.addr.dc1.consul.\n"
            + "additional 0a000001.addr.dc1.consul. 7 A 10.0.0.1\nadditional node1.node.dc1.consul. 7 Txt consul-network-segment=",
        ["webs.query.nodc.consul A"] = Unknown,
        ["geo-web.query.consul A"] = Found + "answer geo-web.query.consul. 0 A 10.0.0.1\nanswer geo-web.query.consul. 0 A 10.0.0.2",
        ["geo-no.query.consul A"] = Unknown,
        ["web.connect.consul A"] = Unknown,
        ["consul A"] = Unknown,
        ["foo.consul A"] = Unknown,
        ["consul Soa"] = Found
            + "answer " + Soa + "\nauthority consul. 0 Ns node1.node.dc1.consul.\nadditional node1.node.dc1.consul. 0 A 127.0.0.1",
        ["web.service.consul Ns"] = Found + "answer consul. 0 Ns node1.node.dc1.consul.\nadditional node1.node.dc1.consul. 0 A 127.0.0.1",
        ["example.org A"] = "Refused rd",
        [". Ns"] = "Refused rd",
        ["1.0.0.127.in-addr.arpa Ptr"] = Found + "answer 1.0.0.127.in-addr.arpa. 0 Ptr node1.node.dc1.consul.",
        ["1.0.0.10.in-addr.arpa Ptr"] = Found + "answer 1.0.0.10.in-addr.arpa. 0 Ptr Web.service.dc1.consul.",
        ["6.0.3.10.in-addr.arpa Ptr"] = "ServerFailure rd ra edns 1232",
        ["7.0.3.10.in-addr.arpa Ptr"] = "ServerFailure rd ra edns 1232",
        ["10.2.0.192.in-addr.arpa Ptr"] = Found + "answer 10.2.0.192.in-addr.arpa. 0 Ptr mapped.node.dc1.consul.",
        ["1.0.0.0.in-addr.arpa Ptr"] = "ServerFailure rd ra edns 1232",
        ["1.0.0.10.in-addr.arpa A"] = Found + "answer 1.0.0.10.in-addr.arpa. 0 Ptr Web.service.dc1.consul.",
        ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa Ptr"] = Found
            + "answer 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 0 Ptr six.service.dc1.consul.",
        ["9.9.9.9.in-addr.arpa Ptr"] = "ServerFailure rd ra edns 1232",
        ["in-addr.arpa Ns"] = "ServerFailure rd ra edns 1232",
    };

    /// <summary>Services whose address is a host's name.</summary>
    private static readonly (string Service, string Address)[] s_hosts =
    [
        ("alias", "plain.service.consul"), ("alias2", "alias.service.consul"), ("alias3", "alias2.service.consul"), ("alias4", "alias3.service.consul"),
        ("aliassix", "six.service.consul"), ("aliasnode", "node1.node.DC1.consul"), ("aliasaddr", "0a000001.addr.consul"), ("aliasquery", "webs.query.consul"),
        ("aliasupper", "PLAIN.Service.Consul"), ("dead", "nope.service.consul"), ("apex", "consul"), ("mixed", "plain.service.consul"),
        ("self", "self.service.consul"), ("toself", "self.service.consul"), ("tobig", "big.service.consul"), ("tobig2", "tobig.service.consul"),
    ];

    /// <summary>A datagram, and what comes back; null: nothing.</summary>
    private static readonly Dictionary<string, string?> s_nonsense = new(StringComparer.Ordinal)
    {
        ["123481000001000000000000"] = null,
        ["1234"] = null,
        ["123428000001000000000000"] = "1234A8040000000000000000",
        ["123409000001000000000000"] = "123489040000000000000000",
        ["123401000002000000000000"] = "123481010000000000000000",
        ["123401000001000200000000"] = "123481010000000000000000",
        ["123401000001000000000003"] = "123481010000000000000000",
        ["123401000000000000000000"] = "123481010000000000000000",
        ["123401000001000000000000C00C00010001"] = "123481010000000000000000",
        ["12340100000100000000000003776562C00C00010001"] = "123481010000000000000000",
        ["12340100000100000000000080776562000000010001"] = "123481010000000000000000",
        ["12340100000100000000000003776562"] = "123481010000000000000000",
    };

    public static IEnumerable<string> Nonsense => s_nonsense.Keys;

    /// <summary>Service, kind, size or transport; how many aliases and addresses.</summary>
    public static IEnumerable<string> HostLimits =>
    [
        "tobig A 1232 1+3", "tobig A 0 1+2", "tobig A tcp 1+3", "tobig Srv 0 0+3", "tobig Srv 1232 0+3", "tobig2 A 1232 2+2", "tobig2 A 0 2+1",
        "tobig2 A tcp 2+2", "tobig2 Srv 0 1+2",
    ];

    public static IEnumerable<string> Questions => s_answers.Keys;

    public static IEnumerable<string> Sizes =>
        ["big A 512", "big A 600", "big A 1232", "big Srv 512", "big Srv 600", "big Srv 1232", "big Srv 2000", "big Srv 4096", "big A 0", "big Srv 0", "big A tcp", "big Srv tcp"];

    [Theory]
    [OnEmbedded(nameof(Questions))]
    [OnConsul(nameof(Questions))]
    public async Task Question_GetsTheAnswerOfTheTable(AgentKind kind, string row)
    {
        var agent = await ReadyAsync(kind);
        var question = row.Split(' ');

        var answer = await DnsProbe.AskAsync(agent.Dns, question[0], Enum.Parse<DnsType>(question[1]));

        Assert.Equal(s_answers[row].TrimEnd('\n'), DnsText.Of(answer).TrimEnd('\n'));
        Assert.Equal(0x1234, answer.Header.Id);
        Assert.Equal(question[0].TrimEnd('.') + ".", Assert.Single(answer.Questions).Name);
    }

    [Theory]
    [OnEmbedded(nameof(Sizes))]
    [OnConsul(nameof(Sizes))]
    public async Task ManyInstances_AreAsManyAsTheClientCanTake(AgentKind kind, string row)
    {
        var expected = row switch
        {
            "big A 600" => 34,
            "big A 1232" or "big A tcp" or "big Srv 4096" or "big Srv tcp" => 40,
            "big Srv 600" => 9,
            "big Srv 1232" => 19,
            "big Srv 2000" => 32,
            _ => 3,
        };
        var agent = await ReadyAsync(kind);
        var (type, size) = (Enum.Parse<DnsType>(row.Split(' ')[1]), row.Split(' ')[2]);

        var answer = size == "tcp" ? await DnsProbe.AskAsync(agent.Dns, "big.service.consul", type, null, tcp: true)
            : await DnsProbe.AskAsync(agent.Dns, "big.service.consul", type, size == "0" ? null : ushort.Parse(size, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(expected, answer.Answers.Count);
        Assert.Equal(expected, answer.Answers.Distinct().Count());
        Assert.False(answer.Header.Truncated);
        if (type == DnsType.Srv)
        {
            // Each target's address is there, and when something was left out nothing else is.
            var targets = answer.Answers.Cast<SrvRecord>().Select(record => record.Target).ToHashSet();
            Assert.Equal(targets, answer.Additionals.OfType<AddressRecord>().Select(record => record.Name).ToHashSet());
            Assert.Equal(size is "tcp" or "4096", answer.Additionals.Any(record => record is TextRecord));
        }
    }

    [Theory]
    [OnEmbedded(nameof(HostLimits))]
    [OnConsul(nameof(HostLimits))]
    public async Task HostWithManyAddresses_IsToldWithAFewOfThem(AgentKind kind, string row)
    {
        var agent = await ReadyAsync(kind);
        var parts = row.Split(' ');
        ushort? size = parts[2] == "1232" ? (ushort)1232 : null;

        var answer = await DnsProbe.AskAsync(agent.Dns, $"{parts[0]}.service.consul", Enum.Parse<DnsType>(parts[1]), size, tcp: parts[2] == "tcp");

        var hosts = parts[1] == "Srv" ? answer.Additionals : answer.Answers;
        Assert.Equal(parts[3], $"{hosts.OfType<NameRecord>().Count()}+{hosts.OfType<AddressRecord>().Distinct().Count()}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Answers_AreShuffled(AgentKind kind)
    {
        var agent = await ReadyAsync(kind);
        HashSet<DnsRecord> first = [];

        // With 40 instances, 100 first places go to fewer than 20 of them once in more than a billion runs.
        for (var i = 0; i < 100; i++)
        {
            first.Add((await DnsProbe.AskAsync(agent.Dns, "big.service.consul", DnsType.A)).Answers[0]);
        }

        Assert.InRange(first.Count, 20, 40);
    }

    [Theory]
    [OnEmbedded(nameof(Nonsense))]
    [OnConsul(nameof(Nonsense))]
    public async Task Nonsense_GetsAnErrorOrNothing(AgentKind kind, string hex)
    {
        var agent = await ReadyAsync(kind);
        using var socket = new Socket(agent.Dns.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(agent.Dns);
        _ = await socket.SendAsync(Convert.FromHexString(hex));
        if (s_nonsense[hex] is { } expected)
        {
            Assert.Equal(expected, await ReceiveAsync(socket));
            return;
        }

        // Who is not answered is passed over before the next one is answered.
        _ = await socket.SendAsync(DnsProbe.Question("consul", DnsType.A));
        Assert.StartsWith("12348503", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    private async Task<TestedAgent> ReadyAsync(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        if ((await agent.GetAsync("/v1/agent/service/ready")).Status == 200)
        {
            return agent;
        }

        await RegisterAsync(agent, "Web", """ "ID":"web1","Tags":["v1","All"],"Address":"10.0.0.1","Port":8001,"Weights":{"Passing":3,"Warning":1} """);
        await RegisterAsync(agent, "Web", """ "ID":"web2","Tags":["All","A.b"],"Address":"10.0.0.2","Port":8002 """);
        await RegisterAsync(agent, "bare", """ "Port":99 """);
        await RegisterAsync(agent, "same", """ "Address":"127.0.0.1","Port":99 """);
        await RegisterAsync(agent, "six", """ "Address":"fd00::1","Port":99 """);
        await RegisterAsync(agent, "mapped", """ "Address":"::ffff:10.3.0.6","Port":99 """);
        await RegisterAsync(agent, "zeros", """ "Address":"010.3.0.07","Port":99 """);
        await RegisterAsync(agent, "short", """ "Address":"127.1","Port":99 """);
        await RegisterAsync(agent, "host", """ "Address":"some.example.org","Port":99 """);
        await RegisterAsync(agent, "plain", """ "Address":"10.3.0.1","Port":1 """);
        foreach (var (name, address) in s_hosts)
        {
            await RegisterAsync(agent, name, $""" "Address":"{address}","Port":2 """);
        }

        await RegisterAsync(agent, "mixed", """ "ID":"mixed2","Address":"10.0.0.9","Port":2 """);
        await RegisterAsync(agent, "ports", """ "ID":"ports1","Address":"10.3.0.2","Port":1 """);
        await RegisterAsync(agent, "ports", """ "ID":"ports2","Address":"10.3.0.2","Port":2 """);
        const string Sick = """ "ID":"{0}{1}","Address":"10.1.0.{1}","Port":99,"Weights":{"Passing":7,"Warning":4},"Check":{"TTL":"1h","Status":"{2}"} """;
        await RegisterAsync(agent, "warn", Sick.Replace("{0}", "warn").Replace("{1}", "1").Replace("{2}", CheckStatus.Warning));
        await RegisterAsync(agent, "warn", Sick.Replace("{0}", "warn").Replace("{1}", "2").Replace("{2}", CheckStatus.Critical));
        await RegisterAsync(agent, "critical", Sick.Replace("{0}", "critical").Replace("{1}", "3").Replace("{2}", CheckStatus.Critical));
        for (var i = 1; i <= 40; i++)
        {
            await RegisterAsync(agent, "big", $""" "ID":"big{i}","Address":"10.2.0.{i}","Port":{8000 + i} """);
        }

        await agent.PutAsync(
            "/v1/catalog/register",
            """{"Node":"ext","Address":"192.0.2.7","NodeMeta":{"a":"b","rfc1035-x":"y","=q":"r"},"Service":{"Service":"exts","Port":9}}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"named","Address":"www.example.org","Service":{"Service":"nameds","Port":9}}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"mapped","Address":"::ffff:192.0.2.10"}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"number","Address":"1"}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"my.dotted","Address":"192.0.2.8"}""");
        foreach (var foreign in (string[])[
            """ "Node":"byname","Address":"ext.node.consul","NodeMeta":{"k":"v"},"Service":{"Service":"bynames","Port":9} """,
            """ "Node":"ring","Address":"ring.service.consul","Service":{"Service":"ring","Port":9} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"twice","Address":"10.3.0.3","Port":9} """,
            """ "Node":"f2","Address":"192.0.2.9","Service":{"Service":"twice","Address":"10.3.0.3","Port":9} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"heavy","Address":"10.3.0.4","Port":9,"Weights":{"Passing":700,"Warning":5}} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"wrongweight","Address":"10.3.0.4","Port":9,"Weights":{"Passing":5,"Warning":-1}} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"farport","Address":"10.3.0.4","Port":70000} """,
            """ "Node":"f3","Address":"192.0.2.9","Service":{"Service":"odd","Address":"10.3.0.5","Port":9,"Weights":{"Passing":7,"Warning":5}},"Check":{"CheckID":"x","Name":"x","Status":"odd"} """])
        {
            await agent.PutAsync("/v1/catalog/register", $"{{{foreign}}}");
        }

        foreach (var query in (string[])[
            """{"Name":"aliasq","Service":{"Service":"alias"},"DNS":{"TTL":"7s"}}""",
            """{"Name":"webs","Service":{"Service":"web","Tags":["v1"]},"DNS":{"TTL":"7s"}}""",
            """{"Name":"geo-","Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.suffix}"}}"""])
        {
            Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", query)).Status);
        }

        await agent.RegisterAsync("ready", "ready");
        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/catalog/service/big")).Text.Split("\"big").Length > 40);
        return agent;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[512];
        return Convert.ToHexString(buffer, 0, await socket.ReceiveAsync(buffer).WithinAsync());
    }

    private static Task<Answer> RegisterAsync(TestedAgent agent, string name, string rest) =>
        agent.PutAsync("/v1/agent/service/register", $$"""{"Name":"{{name}}",{{rest}}}""");
}
