namespace Rollcall.Conformance.Tests.Dns;

/// <summary>What Consul 1.8.7 answers about the services of <see cref="DnsTests"/>.</summary>
internal static class DnsTable
{
    private const string Soa = "consul. 0 Soa ns.consul. hostmaster.consul. 3600 600 86400 0";
    private const string Unknown = "NameError aa rd edns 1232\nauthority " + Soa;
    private const string Nothing = "NoError aa rd edns 1232\nauthority " + Soa;
    private const string Found = "NoError aa rd edns 1232\n";
    private const string Node = "additional node1.node.dc1.consul. 0 Txt consul-network-segment=";

    /// <summary>Question and answer; <c>$</c> stands for the text that several have in common.</summary>
    internal static readonly Dictionary<string, string> Answers = new(StringComparer.Ordinal)
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
        ["ownname.service.consul A"] = Found + "answer ownname.service.consul. 0 A 10.4.0.1\nanswer ownname.service.consul. 0 A 10.4.0.2",
        ["spelled.service.consul A"] = Found + "answer spelled.service.consul. 0 A 10.4.0.3",
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
        ["meshed.connect.consul A"] = Found + "answer meshed.connect.consul. 0 A 10.4.0.1",
        ["MESHED.connect.dc1.consul A"] = Found + "answer meshed.connect.dc1.consul. 0 A 10.4.0.1",
        ["v1.meshed.connect.consul A"] = Found + "answer v1.meshed.connect.consul. 0 A 10.4.0.1",
        ["v9.meshed.connect.consul A"] = Found + "answer v9.meshed.connect.consul. 0 A 10.4.0.1",
        ["meshed.connect.consul Aaaa"] = Nothing,
        ["meshed.connect.nodc.consul A"] = Unknown,
        ["meshed.service.consul A"] = Unknown,
        ["native.connect.consul A"] = Found + "answer native.connect.consul. 0 A 10.4.0.2",
        ["meshed-proxy.connect.consul A"] = Unknown,
        ["meshed-proxy.service.consul A"] = Found + "answer meshed-proxy.service.consul. 0 A 10.4.0.1",
        ["_meshed._tcp.connect.consul Srv"] = Unknown,
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
        ["dual.service.consul A"] = Found + "answer dual.service.consul. 0 A 10.0.5.1",
        ["dual.service.consul Aaaa"] = Found + "answer dual.service.consul. 0 Aaaa fd00::51",
        ["dual.service.consul Any"] = Found + "answer dual.service.consul. 0 Aaaa fd00::51",
        ["dual.service.consul Txt"] = Found + "answer dual.service.consul. 0 Aaaa fd00::51",
        ["dual.service.consul Mx"] = Nothing,
        ["dual.service.consul Srv"] = Found
            + "answer dual.service.consul. 0 Srv 1 1 80 fd000000000000000000000000000051.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000051.addr.dc1.consul. 0 Aaaa fd00::51\n" + Node,
        ["dualhost.service.consul A"] = Found + "answer dualhost.service.consul. 0 A 10.0.5.2",
        ["dualhost.service.consul Aaaa"] = Found + "answer dualhost.service.consul. 0 Aaaa fd00::52",
        ["dualhost.service.consul Srv"] = Found
            + "answer dualhost.service.consul. 0 Srv 1 1 80 fd000000000000000000000000000052.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000052.addr.dc1.consul. 0 Aaaa fd00::52\n" + Node,
        ["dualbare.service.consul A"] = Found + "answer dualbare.service.consul. 0 A 10.0.5.3",
        ["dualbare.service.consul Aaaa"] = Found + "answer dualbare.service.consul. 0 Aaaa fd00::53",
        ["dualbare.service.consul Srv"] = Found
            + "answer dualbare.service.consul. 0 Srv 1 1 80 fd000000000000000000000000000053.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000053.addr.dc1.consul. 0 Aaaa fd00::53\n" + Node,
        ["dualother.service.consul A"] = Found + "answer dualother.service.consul. 0 A 10.0.5.4",
        ["dualother.service.consul Aaaa"] = Found + "answer dualother.service.consul. 0 Aaaa fd00::54",
        ["dualother.service.consul Srv"] = Found
            + "answer dualother.service.consul. 0 Srv 1 1 80 fd000000000000000000000000000054.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000054.addr.dc1.consul. 0 Aaaa fd00::54\n" + Node,
        ["dualfour.service.consul A"] = Found + "answer dualfour.service.consul. 0 A 10.0.5.6",
        ["dualfour.service.consul Aaaa"] = Nothing,
        ["dualfour.service.consul Any"] = Found + "answer dualfour.service.consul. 0 A 10.0.5.6",
        ["dualfour.service.consul Srv"] = Found
            + "answer dualfour.service.consul. 0 Srv 1 1 80 0a000506.addr.dc1.consul.\n"
            + "additional 0a000506.addr.dc1.consul. 0 A 10.0.5.6\n" + Node,
        ["dualself.service.consul A"] = Found + "answer dualself.service.consul. 0 A 127.0.0.1",
        ["dualself.service.consul Aaaa"] = Found + "answer dualself.service.consul. 0 Aaaa fd00::58",
        ["dualself.service.consul Srv"] = Found
            + "answer dualself.service.consul. 0 Srv 1 1 80 fd000000000000000000000000000058.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000058.addr.dc1.consul. 0 Aaaa fd00::58\n" + Node,
        ["duals.service.consul A"] = Found + "answer duals.service.consul. 0 A 10.0.5.9",
        ["duals.service.consul Aaaa"] = Found + "answer duals.service.consul. 0 Aaaa fd00::59\nanswer duals.service.consul. 0 Aaaa fd00::5a",
        ["dualns.service.consul A"] = Found + "answer dualns.service.consul. 0 A 10.0.6.1",
        ["dualns.service.consul Aaaa"] = Found + "answer dualns.service.consul. 0 Aaaa fd00::61",
        ["dualns.service.consul Srv"] = Found
            + "answer dualns.service.consul. 0 Srv 1 1 5 fd000000000000000000000000000061.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000061.addr.dc1.consul. 0 Aaaa fd00::61",
        ["dualms.service.consul A"] = Found + "answer dualms.service.consul. 0 A 10.0.6.2",
        ["dualms.service.consul Aaaa"] = Found + "answer dualms.service.consul. 0 Aaaa fd00::62",
        ["dualms.service.consul Srv"] = Found
            + "answer dualms.service.consul. 0 Srv 1 1 5 0a000602.addr.dc1.consul.\n"
            + "additional 0a000602.addr.dc1.consul. 0 A 10.0.6.2",
        ["dualps.service.consul A"] = Found + "answer dualps.service.consul. 0 A 10.0.6.5",
        ["dualps.service.consul Aaaa"] = Found + "answer dualps.service.consul. 0 Aaaa fd00::65",
        ["dualps.service.consul Srv"] = Found
            + "answer dualps.service.consul. 0 Srv 1 1 5 fd000000000000000000000000000065.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000065.addr.dc1.consul. 0 Aaaa fd00::65",
        ["dualqs.service.consul A"] = Found + "answer dualqs.service.consul. 0 Cname host.example.",
        ["dualqs.service.consul Aaaa"] = Found + "answer dualqs.service.consul. 0 Aaaa fd00::66",
        ["dualqs.service.consul Srv"] = Found
            + "answer dualqs.service.consul. 0 Srv 1 1 5 fd000000000000000000000000000066.addr.dc1.consul.\n"
            + "additional fd000000000000000000000000000066.addr.dc1.consul. 0 Aaaa fd00::66",
        ["dualrs.service.consul A"] = Found + "answer dualrs.service.consul. 0 A 10.0.6.7",
        ["dualrs.service.consul Aaaa"] = Found + "answer dualrs.service.consul. 0 Aaaa fd00::67",
        ["dualn.node.consul A"] = Found + "answer dualn.node.consul. 0 A 10.0.6.1",
        ["dualn.node.consul Aaaa"] = Found + "answer dualn.node.consul. 0 Aaaa fd00::61",
        ["dualn.node.consul Any"] = Found + "answer dualn.node.consul. 0 Aaaa fd00::61",
        ["dualm.node.consul A"] = Found + "answer dualm.node.consul. 0 A 10.0.6.2",
        ["dualm.node.consul Aaaa"] = Found + "answer dualm.node.consul. 0 Aaaa fd00::62",
        ["dualm.node.consul Any"] = Found + "answer dualm.node.consul. 0 A 10.0.6.2",
        ["dualq.node.consul A"] = Found + "answer dualq.node.consul. 0 Cname host.example.",
        ["dualq.node.consul Aaaa"] = Found + "answer dualq.node.consul. 0 Aaaa fd00::66",
        ["dualo.node.consul Aaaa"] = Found,
        ["dualq.query.consul Aaaa"] = Found + "answer dualq.query.consul. 7 Aaaa fd00::61",
        ["dualq.query.consul A"] = Found + "answer dualq.query.consul. 7 A 10.0.6.1",
        ["dualto.service.consul A"] = Found
            + "answer dualn.node.consul. 0 Aaaa fd00::61\nanswer dualto.service.consul. 0 Cname dualn.node.consul.",
        ["dualos.service.consul Srv"] = Found
            + "answer dualos.service.consul. 0 Srv 1 1 5 dualo.node.dc1.consul.\n"
            + "additional dualo.node.dc1.consul. 0 A 10.0.6.4",
        ["dualrs.service.consul Srv"] = Found
            + "answer dualrs.service.consul. 0 Srv 1 1 5 dualr.node.dc1.consul.\n"
            + "additional dualr.node.dc1.consul. 0 Aaaa fd00::67",
        ["1.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa Ptr"] = "ServerFailure rd ra edns 1232",
        ["1.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa Ptr"] = "ServerFailure rd ra edns 1232",
    };
}
