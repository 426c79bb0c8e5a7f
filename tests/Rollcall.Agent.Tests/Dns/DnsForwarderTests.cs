using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Dns;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Dns;

public sealed class DnsForwarderTests
{
    private static readonly AgentIdentity s_identity = new("n1", "id", "dc1", "127.0.0.1", new AgentPorts(0, 0, 0), new Dictionary<string, string>());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ForeignName_IsAskedFor_ByTheSameTransport(bool tcp)
    {
        await using var other = await StartAsync(o => o.Domain = "example.org");
        await using var agent = await StartAsync(o => o.Recursors.Add(other.Agent.DnsEndPoint!.ToString()));

        var answer = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.Example.org", DnsType.A, tcp: tcp);

        Assert.Equal(new AddressRecord("n1.node.Example.org.", 0, IPAddress.Loopback), Assert.Single(answer.Answers));
        Assert.Equal(0x1234, answer.Header.Id);
        Assert.Equal(DnsResponseCode.NameError, (await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "no.example.org", DnsType.A, tcp: tcp)).Header.ResponseCode);
    }

    [Fact]
    public async Task OwnNames_SayThatOthersAreAskedFor()
    {
        await using var agent = await StartAsync(o => o.Recursors.Add("127.0.0.1:1"));

        Assert.True((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.consul", DnsType.A)).Header.RecursionAvailable);
        Assert.True((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "1.0.0.127.in-addr.arpa", DnsType.Ptr)).Header.Authoritative);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerThatRefusesOrIsGone_IsPassedOver_AndWithoutAnyTheQuestionFails(bool tcp)
    {
        await using var other = await StartAsync(o => o.Domain = "example.org");
        await using var agent = await StartAsync(o =>
        {
            o.Recursors.Add($"127.0.0.1:{FreePort.Next()}");
            o.Recursors.Add(other.Agent.DnsEndPoint!.ToString());
        });

        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.example.org", DnsType.A, tcp: tcp)).Answers);
        var failed = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.example.com", DnsType.A, tcp: tcp);
        Assert.Equal(DnsResponseCode.ServerFailure, failed.Header.ResponseCode);
        Assert.True(failed.Header.RecursionAvailable);
    }

    /// <summary>It would ask itself what it asks itself.</summary>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "0.0.0.0")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("127.0.0.2 127.0.0.1", "localhost")]
    public async Task AgentItself_IsNotAskedForForeignNames(string client, string recursor)
    {
        var port = FreePort.Next();
        await using var other = await StartAsync(o => o.Domain = "example.org");
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            (options.ClientAddress, options.DnsPort) = (client, port);
            options.Dns.Recursors.Add($"{recursor}:{port}");
            options.Dns.Recursors.Add(other.Agent.DnsEndPoint!.ToString());
        });
        var own = new IPEndPoint(AgentAddresses.Reachable(agent.Agent.DnsEndPoint!.Address), port);

        Assert.Contains("recursors is this agent itself", Assert.Single(agent.Log.Entries, static entry => entry.EventId.Id == 144).Message, StringComparison.Ordinal);
        Assert.Single((await DnsProbe.AskAsync(own, "n1.node.example.org", DnsType.A)).Answers);

        // Whoever is left refuses, and that is the end of it.
        Assert.Equal(DnsResponseCode.ServerFailure, (await DnsProbe.AskAsync(own, "n1.node.example.com", DnsType.A)).Header.ResponseCode);
    }

    [Fact]
    public void Others_AreAsked_AlsoOnTheSameAddressOrPort()
    {
        IPEndPoint[] others = [new(IPAddress.Loopback, 54), new(IPAddress.Parse("127.0.0.2"), 53), new(IPAddress.Parse("192.0.2.1"), 53)];

        Assert.Equal(others, Recursors.WithoutOwn([.. others, new(IPAddress.Loopback, 53), new(IPAddress.Parse("::ffff:127.0.0.1"), 53)], [IPAddress.Loopback], 53, NullLogger.Instance));
        Assert.Equal([others[0], others[2]], Recursors.WithoutOwn(others, [IPAddress.IPv6Any], 53, NullLogger.Instance));
    }

    [Fact]
    public async Task SilentServer_IsPassedOverAfterTheTimeout()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var other = await StartAsync(o => o.Domain = "example.org");
        await using var agent = await StartAsync(o =>
        {
            o.Recursors.Add(silent.Client.LocalEndPoint!.ToString()!);
            o.Recursors.Add(other.Agent.DnsEndPoint!.ToString());
            o.RecursorTimeout = TimeSpan.FromSeconds(7);
        });

        var answer = DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.example.org", DnsType.A);
        await silent.ReceiveAsync().WithinAsync();
        Assert.False(answer.IsCompleted);
        await agent.Time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(7)).WithinAsync();
        agent.Time.Advance(TimeSpan.FromSeconds(7));

        Assert.Single((await answer).Answers);
    }

    [Fact]
    public async Task ServerThatWasSilent_IsAskedLastForSomeSeconds()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var other = await StartAsync(o => o.Domain = "example.org");
        await using var agent = await StartAsync(o =>
        {
            o.Recursors.Add(silent.Client.LocalEndPoint!.ToString()!);
            o.Recursors.Add(other.Agent.DnsEndPoint!.ToString());
        });
        var first = AskAsync();
        await silent.ReceiveAsync().WithinAsync();
        await agent.Time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(2)).WithinAsync();
        agent.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single((await first).Answers);

        // Without waiting for it.
        Assert.Single((await AskAsync()).Answers);
        Assert.Equal(0, silent.Available);

        agent.Time.Advance(DnsForwarder.SilenceIsRemembered);
        var again = AskAsync();
        await silent.ReceiveAsync().WithinAsync();
        agent.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single((await again).Answers);

        Task<DnsMessage> AskAsync() => DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.example.org", DnsType.A);
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(7, 7)]
    public async Task ManyHostsOfASilentServer_AreAnsweredWithoutTheirAddressesInTime(int timeout, int deadline)
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var agent = await StartAsync(o =>
        {
            o.Recursors.Add(silent.Client.LocalEndPoint!.ToString()!);
            o.RecursorTimeout = TimeSpan.FromSeconds(timeout);
        });
        for (var i = 0; i < 20; i++)
        {
            await agent.PutAsync("agent/service/register", $$"""{"Name":"web","ID":"{{i}}","Address":"h{{i}}.example.org","Port":80}""");
        }

        var asked = DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "web.service.consul", DnsType.Srv, tcp: true);
        await silent.ReceiveAsync().WithinAsync();
        Assert.False(asked.IsCompleted);
        await agent.Time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(deadline)).WithinAsync();
        agent.Time.Advance(TimeSpan.FromSeconds(deadline));

        Assert.Equal(20, (await asked).Answers.Count);
    }

    [Fact]
    public async Task ServerByName_IsLookedUpAtTheStart()
    {
        await using var other = await StartAsync(o => o.Domain = "example");
        await using var agent = await StartAsync(o => o.Recursors.Add(string.Create(CultureInfo.InvariantCulture, $"localhost:{other.Agent.DnsEndPoint!.Port}")));

        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.example", DnsType.A)).Answers);
    }

    /// <summary>It may take seconds: nothing listens until all is known, and a name is asked for once, however many addresses DNS listens on.</summary>
    [Fact]
    public async Task ServerByName_IsLookedUpOnce_BeforeAnythingListens()
    {
        var (asked, answer, times) = (new TaskCompletionSource(), new TaskCompletionSource<IPAddress[]>(), 0);
        var options = new ConsulAgentOptions { HttpPort = FreePort.Next(), DnsPort = 0, NodeName = "n1" };
        options.Dns.Address = "127.0.0.1 127.0.0.2";
        options.Dns.Recursors.Add("slow.example");
        options.Dns.Lookup = (host, _) =>
        {
            Assert.Equal("slow.example", host);
            times++;
            asked.TrySetResult();
            return answer.Task;
        };
        var start = ConsulAgent.StartAsync(options);
        await asked.Task.WithinAsync();

        using var client = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, options.HttpPort));
        answer.SetResult([IPAddress.Loopback]);
        await using var agent = await start.WithinAsync();

        Assert.Equal((SocketError.ConnectionRefused, 1), (refused.SocketErrorCode, times));
    }

    [Fact]
    public async Task ServerThatIsNotKnown_EndsTheStartOfAHost_AndClosesItsSocket()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var options = new ConsulAgentOptions { HttpPort = 0, DnsPort = 0, NodeName = "n1" };
        options.Dns.Recursors.Add("unknown.example");
        options.Dns.Lookup = static (_, _) => throw new SocketException((int)SocketError.HostNotFound);

        var fault = await Assert.ThrowsAsync<ConsulAgentException>(() => ConsulAgent.StartHostedAsync(options, socket, CancellationToken.None)).WithinAsync();

        Assert.StartsWith("\"unknown.example\" can't be looked up", fault.Message, StringComparison.Ordinal);
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task QuestionsForTheSameHost_AskForItOnce()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var forwarder = new DnsForwarder([(IPEndPoint)server.Client.LocalEndPoint!], new DnsSettings(new DnsServerOptions(), s_identity), NullLogger.Instance, new FakeTimeProvider());

        var first = forwarder.FindHostAsync("www.example.org.", CancellationToken.None);
        var second = forwarder.FindHostAsync("WWW.example.org.", CancellationToken.None);
        var received = await server.ReceiveAsync().WithinAsync();
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(received.Buffer, out var question));
        await server.SendAsync(Answer("www.example.org", question!.Header.Id, 7), received.RemoteEndPoint).AsTask().WithinAsync();

        Assert.Equal(new IPAddress([192, 0, 2, 7]), Assert.IsType<AddressRecord>(Assert.Single(await first.WithinAsync())).Address);
        Assert.Same(await first, await second.WithinAsync());
        Assert.Equal(0, server.Available);

        // Known only while somebody waits for it.
        var third = forwarder.FindHostAsync("www.example.org.", CancellationToken.None);
        await server.ReceiveAsync().WithinAsync();
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task AnswerToAnotherQuestionOrWithAnotherId_IsNotBelieved()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var agent = await StartAsync(o => o.Recursors.Add(server.Client.LocalEndPoint!.ToString()!));

        var asked = DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "www.example.org", DnsType.A);
        var received = await server.ReceiveAsync().WithinAsync();
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(received.Buffer, out var question));
        var id = question!.Header.Id;
        await SendAsync("www.example.org", (ushort)(id + 1), 1);
        await SendAsync("ftp.example.org", id, 2);
        await SendAsync("www.example.org", id, 3);

        var answer = await asked;
        Assert.Equal(new AddressRecord("www.example.org.", 0, new IPAddress([192, 0, 2, 3])), Assert.Single(answer.Answers));

        async Task SendAsync(string name, ushort with, byte last) => await server.SendAsync(Answer(name, with, last), received.RemoteEndPoint);
    }

    [Fact]
    public async Task QuestionsThatWaitForOthers_HoldNobodyUp_AndAreLimited()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var agent = await StartAsync(o => o.Recursors.Add(silent.Client.LocalEndPoint!.ToString()!));
        using var client = new UdpClient();
        client.Connect(agent.Agent.DnsEndPoint!);

        // One more than may wait fails at once, whichever it is; those that the system dropped are sent again.
        var failed = client.ReceiveAsync();
        var question = DnsProbe.Question("www.example.org", DnsType.A);
        await Eventually.TrueAsync(async () =>
        {
            for (var i = 0; i < 20 && !failed.IsCompleted; i++)
            {
                await client.SendAsync(question);
            }

            return failed.IsCompleted;
        });

        Assert.Equal(DnsFault.None, DnsMessage.TryParse((await failed).Buffer, out var answer));
        Assert.Equal(DnsResponseCode.ServerFailure, answer!.Header.ResponseCode);
        Assert.Single((await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.consul", DnsType.A)).Answers);
        Assert.Single(agent.Log.Entries, entry => entry.EventId.Id == 143);
    }

    [Fact]
    public async Task Flood_IsOneLineUntilHalfOfThePlacesAreFreeAgain()
    {
        using var log = new LogCollector();
        var forwarder = new DnsForwarder([], new DnsSettings(new DnsServerOptions(), s_identity), log.CreateLogger("dns"), TimeProvider.System);
        Enter(DnsForwarder.MaxWaiting);
        for (var i = 0; i < 100; i++)
        {
            Assert.False(forwarder.TryEnter());
            forwarder.Leave();
            Assert.True(forwarder.TryEnter());
        }

        Assert.Single(log.Entries);

        Leave(DnsForwarder.MaxWaiting);
        Enter(DnsForwarder.MaxWaiting);
        Assert.False(forwarder.TryEnter());
        Assert.Equal(2, log.Entries.Count);

        Leave(DnsForwarder.MaxWaiting);
        await forwarder.DisposeAsync().AsTask().WithinAsync();

        void Enter(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(forwarder.TryEnter());
            }
        }

        void Leave(int count)
        {
            for (var i = 0; i < count; i++)
            {
                forwarder.Leave();
            }
        }
    }

    private static ReadOnlyMemory<byte> Answer(string name, ushort id, byte last)
    {
        var buffer = new byte[512];
        var length = new DnsMessage
        {
            Header = new DnsHeader(id, 0) { IsResponse = true },
            Questions = [new DnsQuestionRecord(name, DnsType.A)],
            Answers = [new AddressRecord(name, 0, new IPAddress([192, 0, 2, last]))],
        }.Write(buffer);
        return buffer.AsMemory(0, length);
    }

    private static Task<AgentFixture> StartAsync(Action<Rollcall.Agent.Dns.DnsServerOptions> configure) => AgentFixture.StartAsync(configure: o =>
    {
        o.DnsPort = 0;
        configure(o.Dns);
    });
}
