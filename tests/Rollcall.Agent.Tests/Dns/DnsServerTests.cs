using System.Net;
using System.Net.Sockets;
using Rollcall.Agent.Dns;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Dns;

public sealed class DnsServerTests
{
    [Fact]
    public async Task NoPort_NoServer()
    {
        await using var agent = await AgentFixture.StartAsync();

        Assert.Null(agent.Agent.DnsEndPoint);
    }

    [Fact]
    public async Task AnyPort_IsOneForBoth_OnLoopback()
    {
        await using var agent = await StartAsync();
        var server = agent.Agent.DnsEndPoint!;

        Assert.Equal(IPAddress.Loopback, server.Address);
        Assert.NotEqual(0, server.Port);
        foreach (var tcp in new[] { false, true })
        {
            var answer = await DnsProbe.AskAsync(server, "n1.node.consul", DnsType.A, tcp: tcp);
            Assert.Equal(new AddressRecord("n1.node.consul.", 0, IPAddress.Loopback), Assert.Single(answer.Answers));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AllAddressesOfSix_AreThoseOfFour_Too(bool tcp)
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = 0, NodeName = "n1", Dns = { Address = "::" } });
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            var answer = await DnsProbe.AskAsync(new IPEndPoint(address, agent.DnsEndPoint!.Port), "n1.node.consul", DnsType.A, tcp: tcp);
            Assert.Single(answer.Answers);
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task AnswerByUdp_ComesFromTheAddressThatWasAsked(string everywhere)
    {
        // Elsewhere only the first address of an interface is sure to be answered from.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = 0, NodeName = "n1", Dns = { Address = everywhere } });

        // Asked from 127.0.0.1, from where the system would answer 127.0.0.1. A connected socket takes nothing from elsewhere, as a resolver does.
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await client.ConnectAsync(IPAddress.Parse("127.0.0.7"), agent.DnsEndPoint!.Port);
        await client.SendAsync(DnsProbe.Question("n1.node.consul", DnsType.A));
        Assert.InRange(await client.ReceiveAsync(new byte[512]).WithinAsync(), 12, 512);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    public async Task Stopping_EndsTheThreadThatWaitsForQuestions_WhetherThereAreAnyOrNot(string address, bool questions)
    {
        var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = 0, Dns = { Address = address } });
        var port = agent.DnsEndPoint!.Port;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var stop = new CancellationTokenSource();
        var asking = Task.Factory.StartNew(
            () =>
            {
                var question = DnsProbe.Question("consul", DnsType.Soa);
                while (questions && !stop.IsCancellationRequested)
                {
                    client.SendTo(question, new IPEndPoint(IPAddress.Loopback, port));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        await agent.DisposeAsync().AsTask().WithinAsync();

        await stop.CancelAsync();
        await asking.WithinAsync();
        using var again = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(new IPEndPoint(IPAddress.Parse(address), port));
    }

    [Theory]
    [InlineData(SocketType.Stream, ProtocolType.Tcp)]
    [InlineData(SocketType.Dgram, ProtocolType.Udp)]
    public async Task PortTaken_ByEither_SaysWhichAndWhatToDo(SocketType type, ProtocolType protocol)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, type, protocol);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        if (type == SocketType.Stream)
        {
            taken.Listen();
        }

        var exception = await Assert.ThrowsAsync<ConsulAgentException>(
            () => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = port }));

        Assert.Contains($"DNS port {port} on 127.0.0.1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("-dns-port", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OptionMakesNoSense_NamesIt()
    {
        await FailsAsync(o => o.DnsPort = -2, "-dns-port");
        await FailsAsync(o => o.Dns.Domain = "", "-domain");
        await FailsAsync(o => o.Dns.Domain = "a..b", "-domain");
        await FailsAsync(o => o.Dns.AltDomain = new string('x', 64), "-alt-domain");
        await FailsAsync(o => o.Dns.NodeTtl = TimeSpan.FromSeconds(-1), "node_ttl");
        await FailsAsync(o => o.Dns.NodeTtl = TimeSpan.FromHours(2_400_000), "from 0 to 2147483647 seconds");
        await FailsAsync(o => o.Dns.ServiceTtl["web"] = TimeSpan.FromSeconds(-1), "service_ttl");
        await FailsAsync(o => o.Dns.UdpAnswerLimit = -1, "udp_answer_limit");
        await FailsAsync(o => o.Dns.AddressLimit = -1, "a_record_limit");
        foreach (var recursor in (string[])["", "a b", "dns..example", "dns.example.org:", "dns.example.org:domain", "127.0.0.1:0x35", "dns.example.org:65536", "dns.example.org:0", "unknown.invalid"])
        {
            await FailsAsync(o => o.Dns.Recursors.Add(recursor), "-recursor");
        }

        foreach (var recursor in (string[])["0.0.0.0", "::", "[::]"])
        {
            await FailsAsync(o => o.Dns.Recursors.Add(recursor), "DNS recursor address cannot be 0.0.0.0, :: or [::]");
        }

        await FailsAsync(o => o.Dns.RecursorTimeout = TimeSpan.Zero, "recursor_timeout");
        await FailsAsync(o => o.Dns.RecursorTimeout = TimeSpan.FromSeconds(61), "at most 1 minute");

        static async Task FailsAsync(Action<ConsulAgentOptions> configure, string named)
        {
            var options = new ConsulAgentOptions { HttpPort = 0, DnsPort = 0 };
            configure(options);
            var exception = await Assert.ThrowsAsync<ConsulAgentException>(() => ConsulAgent.StartAsync(options));
            Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DomainAndAltDomain_AreAnsweredFor_InTheNameOfTheFirst()
    {
        await using var agent = await StartAsync(o => (o.Domain, o.AltDomain) = ("Svc.Example.", "alt"));
        var server = agent.Agent.DnsEndPoint!;
        await agent.PutAsync("agent/service/register", """{"Name":"web","Address":"10.0.0.1","Port":80}""");

        foreach (var name in new[] { "web.service.svc.example", "web.service.alt" })
        {
            var answer = await DnsProbe.AskAsync(server, name, DnsType.Srv);
            Assert.Equal("0a000001.addr.dc1.svc.example.", Assert.IsType<SrvRecord>(Assert.Single(answer.Answers)).Target);
        }

        Assert.Equal("svc.example.", Assert.Single((await DnsProbe.AskAsync(server, "no.service.alt", DnsType.A)).Authorities).Name);
        Assert.Equal(DnsResponseCode.Refused, (await DnsProbe.AskAsync(server, "web.service.consul", DnsType.A)).Header.ResponseCode);
    }

    [Fact]
    public async Task Ttl_OfAService_IsThatOfItsName_OrOfTheLongestBeginning()
    {
        await using var agent = await StartAsync(o =>
        {
            o.NodeTtl = TimeSpan.FromSeconds(11);
            o.SoaMinTtl = TimeSpan.FromSeconds(3);
            foreach (var (name, seconds) in new[] { ("*", 5), ("web", 7), ("api*", 9), ("ap*", 8) })
            {
                o.ServiceTtl[name] = TimeSpan.FromSeconds(seconds);
            }
        });
        var server = agent.Agent.DnsEndPoint!;
        foreach (var (name, seconds) in new[] { ("Web", 7), ("web2", 5), ("apiary", 9), ("apex", 8) })
        {
            await agent.PutAsync("agent/service/register", $$"""{"Name":"{{name}}","Address":"10.0.0.1","Port":80}""");

            Assert.Equal((uint)seconds, Assert.Single((await DnsProbe.AskAsync(server, $"{name}.service.consul", DnsType.A)).Answers).Ttl);
        }

        Assert.Equal(11u, (await DnsProbe.AskAsync(server, "n1.node.consul", DnsType.A)).Answers[0].Ttl);
        Assert.Equal(11u, (await DnsProbe.AskAsync(server, "0a000001.addr.consul", DnsType.A)).Answers[0].Ttl);
        Assert.Equal(3u, (await DnsProbe.AskAsync(server, "no.service.consul", DnsType.A)).Authorities[0].Ttl);
    }

    [Fact]
    public async Task OnlyPassing_LeavesOutWarnings()
    {
        await using var agent = await StartAsync(o => o.OnlyPassing = true);
        await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"1","Address":"10.0.0.1","Port":80,"Check":{"TTL":"1h","Status":"warning"}}""");
        Assert.Equal(DnsResponseCode.NameError, (await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.A)).Header.ResponseCode);

        await agent.PutAsync("agent/check/pass/service:1");

        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.A)).Answers);
    }

    [Fact]
    public async Task NodeInMaintenance_IsLeftOut_AndComesBack()
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Address":"10.0.0.1","Port":80}""");

        await agent.PutAsync("agent/maintenance?enable=true");
        Assert.Empty((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.A)).Answers);

        await agent.PutAsync("agent/maintenance?enable=false");
        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.A)).Answers);
    }

    [Fact]
    public async Task LimitsAndTruncation_AreAsConfigured()
    {
        await using var agent = await StartAsync(o => (o.UdpAnswerLimit, o.EnableTruncate, o.AddressLimit) = (20, true, 12));
        var server = agent.Agent.DnsEndPoint!;
        await RegisterManyAsync(agent, 25);

        var addresses = await DnsProbe.AskAsync(server, "many.service.consul", DnsType.A, udpSize: null);
        Assert.True(addresses.Header.Truncated);
        Assert.Equal(8, addresses.Answers.Count);

        // Eight do not fit without compressed names, which is what counts for who does not say what he takes: 4 do, as in Consul.
        var servers = await DnsProbe.AskAsync(server, "many.service.consul", DnsType.Srv, udpSize: null);
        Assert.True(servers.Header.Truncated);
        Assert.Equal(4, servers.Answers.Count);
        Assert.Equal(4, servers.Additionals.Count);

        var limited = await DnsProbe.AskAsync(server, "many.service.consul", DnsType.A, tcp: true);
        Assert.False(limited.Header.Truncated);
        Assert.Equal(12, limited.Answers.Count);
        Assert.Equal(25, (await DnsProbe.AskAsync(server, "many.service.consul", DnsType.Srv, tcp: true)).Answers.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MetadataOfANode_ThatDoesNotFit_IsToldOfWhereThatIsAskedFor(bool truncate)
    {
        await using var agent = await StartAsync(o => o.EnableTruncate = truncate);
        var server = agent.Agent.DnsEndPoint!;
        var meta = string.Join(',', Enumerable.Range(0, 20).Select(i => $"\"key-{i:D2}\":\"{new string('x', 100)}\""));
        await agent.PutAsync("catalog/register", "{\"Node\":\"big\",\"Address\":\"10.0.0.9\",\"NodeMeta\":{" + meta + "}}");

        foreach (var type in (DnsType[])[DnsType.Txt, DnsType.Any])
        {
            var datagram = await DnsProbe.AskAsync(server, "big.node.consul", type, udpSize: null);
            Assert.Equal(truncate, datagram.Header.Truncated);
            Assert.InRange(datagram.Answers.OfType<TextRecord>().Count(), 1, 5);

            var whole = await DnsProbe.AskAsync(server, "big.node.consul", type, udpSize: null, tcp: true);
            Assert.False(whole.Header.Truncated);
            Assert.Equal(20, whole.Answers.OfType<TextRecord>().Count());
        }

        // What stands beside the answer may be missing.
        Assert.False((await DnsProbe.AskAsync(server, "big.node.consul", DnsType.A, udpSize: null)).Header.Truncated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NameInTheZone_WithBytesBeyondAscii_IsTheZones(bool recursor)
    {
        using var other = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var agent = await StartAsync(o =>
        {
            if (recursor)
            {
                o.Recursors.Add(other.Client.LocalEndPoint!.ToString()!);
            }
        });
        var server = agent.Agent.DnsEndPoint!;

        var none = await DnsProbe.AskAsync(server, "caf\\195\\169.Service.consul", DnsType.A);
        Assert.Equal((DnsResponseCode.NameError, true), (none.Header.ResponseCode, none.Header.Authoritative));
        Assert.IsType<SoaRecord>(Assert.Single(none.Authorities));

        await agent.PutAsync("agent/service/register", """{"Name":"café","Address":"10.0.0.1"}""");
        await agent.PutAsync("agent/service/register", """{"Name":"web","Address":"café.service.consul"}""");
        var found = await DnsProbe.AskAsync(server, "CAF\\195\\169.service.consul", DnsType.A);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), Assert.IsType<AddressRecord>(Assert.Single(found.Answers)).Address);

        // The same where it stands in an answer.
        var alias = await DnsProbe.AskAsync(server, "web.service.consul", DnsType.A);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), Assert.Single(alias.Answers.OfType<AddressRecord>()).Address);
        Assert.Equal(0, other.Available);
    }

    [Fact]
    public async Task InstancesOfOneAddress_AreOneAddress_AndTheirServersAsManyAsTheirPorts()
    {
        await using var agent = await StartAsync();
        foreach (var (id, port) in new[] { (1, 80), (2, 80), (3, 81) })
        {
            await agent.PutAsync("agent/service/register", $$"""{"Name":"web","ID":"{{id}}","Address":"10.0.0.1","Port":{{port}}}""");
        }

        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.A)).Answers);
        var servers = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.Srv);
        Assert.Equal([80, 81], servers.Answers.Cast<SrvRecord>().Select(record => (int)record.Port).Order());
        Assert.Equal(2, servers.Additionals.OfType<AddressRecord>().Count());
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Srv)]
    public async Task TagOfOneAmongMany_GetsThatOne(DnsType type)
    {
        await using var agent = await StartAsync();
        foreach (var id in Enumerable.Range(1, 20))
        {
            await agent.PutAsync("agent/service/register", $$"""{"Name":"web","ID":"{{id:D2}}","Address":"10.0.0.{{id}}","Tags":["v{{id}}"]}""");
        }

        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "v20.web.service.consul", type)).Answers);
    }

    [Fact]
    public async Task ClientSubnet_ComesBackForAllAddresses()
    {
        await using var agent = await StartAsync();
        var question = new byte[512];
        var length = new DnsMessage
        {
            Questions = [new DnsQuestionRecord("n1.node.consul", DnsType.A)],
            Edns = new DnsEdns(1232),
            EdnsOptions = new byte[] { 0, 8, 0, 7, 0, 1, 24, 24, 10, 0, 0 },
        }.Write(question);

        var bytes = await DnsProbe.SendByUdpAsync(agent.Agent.DnsEndPoint!, question[..length]);

        Assert.Equal(DnsFault.None, DnsMessage.TryParse(bytes, out var answer));
        Assert.Equal([0, 8, 0, 7, 0, 1, 24, 0, 10, 0, 0], answer!.EdnsOptions.ToArray());
    }

    [Fact]
    public async Task AnswersBeyond64KiB_AreAsManyAsFit_AlsoWhereNamesCannotPoint()
    {
        await using var agent = await StartAsync();
        await RegisterManyAsync(agent, 2000);

        var answer = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "many.service.consul", DnsType.Srv, udpSize: null, tcp: true);

        Assert.InRange(answer.Answers.Count, 700, 1200);
        Assert.Equal(
            answer.Answers.Cast<SrvRecord>().Select(record => record.Target).ToHashSet(),
            answer.Additionals.Select(record => record.Name).ToHashSet());
    }

    [Fact]
    public async Task ManyDatagramsAtOnce_AreAllAnswered_WhateverStandsBetweenThem()
    {
        await using var agent = await StartAsync();
        await RegisterManyAsync(agent, 10);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            var random = new Random(client);
            for (var i = 0; i < 100; i++)
            {
                var junk = new byte[random.Next(1, 200)];
                random.NextBytes(junk);
                using var sender = new UdpClient();
                await sender.SendAsync(junk, agent.Agent.DnsEndPoint);
                Assert.Equal(10, (await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "many.service.consul", DnsType.A)).Answers.Count);
            }
        }));
    }

    private static Task<AgentFixture> StartAsync(Action<DnsServerOptions>? configure = null) => AgentFixture.StartAsync(configure: o =>
    {
        o.DnsPort = 0;
        configure?.Invoke(o.Dns);
    });

    private static async Task RegisterManyAsync(AgentFixture agent, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            await agent.PutAsync(
                "agent/service/register", $$"""{"Name":"many","ID":"{{i}}","Address":"10.2.{{i >> 8}}.{{i & 255}}","Port":{{8000 + i}}}""");
        }
    }
}
