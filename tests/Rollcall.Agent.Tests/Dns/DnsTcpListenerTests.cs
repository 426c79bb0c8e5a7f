using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Store;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Dns;

public sealed class DnsTcpListenerTests
{
    [Fact]
    public async Task Connection_AnswersOneQuestionAfterTheOther_AlsoWhenTheyComeTogetherOrInPieces()
    {
        await using var agent = await StartAsync();
        using var client = await ConnectAsync(agent);
        var stream = client.GetStream();
        var question = DnsProbe.Question("n1.node.consul", DnsType.A);
        byte[] framed = [0, (byte)question.Length, .. question];

        await stream.WriteAsync((byte[])[.. framed, .. framed, .. framed]);
        for (var i = 0; i < 3; i++)
        {
            await AnsweredAsync(stream);
        }

        foreach (var piece in framed)
        {
            await stream.WriteAsync(new[] { piece });
        }

        await AnsweredAsync(stream);
    }

    [Fact]
    public async Task SilentConnection_IsClosed_SoonerWithinAQuestion()
    {
        await using var agent = await StartAsync();
        using var idle = await ConnectAsync(agent);
        using var slow = await ConnectAsync(agent);
        await slow.GetStream().WriteAsync(new byte[] { 0, 30, 1 });

        await agent.Time.WaitForTimerDueInAsync(DnsTcpListener.MessageTimeout).WithinAsync();
        agent.Time.Advance(DnsTcpListener.MessageTimeout);
        await ClosedAsync(slow);

        await agent.Time.WaitForTimerDueInAsync(DnsTcpListener.IdleTimeout - DnsTcpListener.MessageTimeout).WithinAsync();
        agent.Time.Advance(DnsTcpListener.IdleTimeout - DnsTcpListener.MessageTimeout);
        await ClosedAsync(idle);
    }

    [Fact]
    public async Task WhatIsNoQuestion_EndsTheConnection()
    {
        await using var agent = await StartAsync();
        using var client = await ConnectAsync(agent);

        await client.GetStream().WriteAsync(new byte[] { 0, 1, 7 });

        await ClosedAsync(client);
    }

    [Fact]
    public async Task MoreConnectionsThanThereMayBe_EndTheOneThatWasAnsweredTheLongestAgo()
    {
        await using var agent = await StartAsync();
        var first = await Task.WhenAll(Enumerable.Range(0, DnsTcpListener.MaxConnections).Select(_ => ConnectAsync(agent)));
        foreach (var client in first)
        {
            await AskAsync(client);
        }

        // Who is in the middle of a question is no exception: nobody keeps his place by never ending one.
        await first[1].GetStream().WriteAsync((byte[])[0, 1]);
        await AskAsync(first[0]);
        using var late = await ConnectAsync(agent);
        await AskAsync(late);

        await ClosedAsync(first[1]);
        await AskAsync(first[0]);
        await AskAsync(first[2]);
        Array.ForEach(first, client => client.Dispose());
    }

    [Fact]
    public async Task AddressWithTheMostConnections_LosesOne_AndNoOther()
    {
        // Elsewhere there is one loopback address.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var agent = await StartAsync();
        using var oldest = await ConnectAsync(agent, "127.0.0.2");
        await AskAsync(oldest);
        var many = await Task.WhenAll(Enumerable.Range(1, DnsTcpListener.MaxConnections - 1).Select(_ => ConnectAsync(agent)));
        foreach (var client in many)
        {
            await AskAsync(client);
        }

        using var late = await ConnectAsync(agent, "127.0.0.3");
        await AskAsync(late);

        await ClosedAsync(many[0]);
        await AskAsync(oldest);
        Array.ForEach(many, client => client.Dispose());
    }

    [Fact]
    public async Task QuestionThatIsThereWhenAConnectionIsTaken_KeepsNoOtherFromBeingTaken()
    {
        using var time = new HeldTime();
        await using var server = new Server(time);

        // The serial of the zone is the time, so its answer waits, as one of many would.
        using var first = await ConnectAsync(server.EndPoint);
        var question = DnsProbe.Question("consul", DnsType.Soa);
        await first.GetStream().WriteAsync((byte[])[0, (byte)question.Length, .. question]);
        using var second = await ConnectAsync(server.EndPoint);
        server.Start();
        await time.AskedAsync();

        _ = await DnsProbe.ExchangeAsync(second.GetStream(), DnsProbe.Question("consul", DnsType.Ns));

        time.Release();
        _ = await DnsProbe.ReadAsync(first.GetStream());
    }

    [Fact]
    public async Task ClientThatAsksWithoutEnd_KeepsNoOtherFromBeingAnswered()
    {
        await using var server = new Server(TimeProvider.System);
        await using var flood = await Flood.ConnectAsync(server.EndPoint);
        var question = DnsProbe.Question("consul", DnsType.Soa);
        flood.Start([0, (byte)question.Length, .. question]);
        await flood.SentAsync();
        server.Start();
        await flood.RunsAsync();

        using var other = await ConnectAsync(server.EndPoint);
        _ = await DnsProbe.ExchangeAsync(other.GetStream(), question);

        await flood.RunsAsync();
    }

    [Fact]
    public async Task StoppingAgent_ClosesConnections()
    {
        var agent = await StartAsync();
        using var client = await ConnectAsync(agent);
        _ = await DnsProbe.ExchangeAsync(client.GetStream(), DnsProbe.Question("n1.node.consul", DnsType.A));

        await agent.DisposeAsync();

        await ClosedAsync(client);
    }

    private static Task<AgentFixture> StartAsync() => AgentFixture.StartAsync(configure: o => o.DnsPort = 0);

    private static async Task AskAsync(TcpClient client) => _ = await DnsProbe.ExchangeAsync(client.GetStream(), DnsProbe.Question("n1.node.consul", DnsType.A));

    private static Task<TcpClient> ConnectAsync(AgentFixture agent, string from = "127.0.0.1") => ConnectAsync(agent.Agent.DnsEndPoint!, from);

    private static async Task<TcpClient> ConnectAsync(IPEndPoint server, string from = "127.0.0.1")
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(server).WithinAsync();
        return client;
    }

    private static async Task AnsweredAsync(NetworkStream stream)
    {
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(await DnsProbe.ReadAsync(stream), out var answer));
        Assert.Single(answer!.Answers);
    }

    private static async Task ClosedAsync(TcpClient client)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WithinAsync());
        }
        catch (IOException)
        {
            // With bytes unread, closing is a reset.
        }
    }

    /// <summary>A listener of an agent without anything in it, with the zone's time. Connections may be there before it starts.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly DnsForwarder _forwarder;
        private readonly DnsResponder _responder;
        private DnsTcpListener? _listener;

        public Server(TimeProvider time)
        {
            var identity = new AgentIdentity("n1", "id", "dc1", "127.0.0.1", new AgentPorts(0, 0, 0), new Dictionary<string, string>());
            var settings = new DnsSettings(new DnsServerOptions(), identity);
            _responder = new DnsResponder(new DnsCatalog(new StateStore(), AclGate.Open), identity, settings, time);
            _forwarder = new DnsForwarder([], settings, NullLogger.Instance, TimeProvider.System);
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _socket.Listen();
        }

        public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

        public void Start() => _listener = new DnsTcpListener(_socket, _responder, new RecursiveAnswers(_responder, _forwarder), NullLogger.Instance, TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await (_listener?.DisposeAsync() ?? default);
            await _forwarder.DisposeAsync();
        }
    }

    /// <summary>Whoever asks for the time waits.</summary>
    private sealed class HeldTime : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _go = new();
        private readonly SemaphoreSlim _asked = new(0);

        public Task AskedAsync() => _asked.WaitAsync().WithinAsync();

        public void Release() => _go.Set();

        public override DateTimeOffset GetUtcNow()
        {
            _asked.Release();
            Assert.True(_go.Wait(TimeSpan.FromSeconds(30)));
            return System.GetUtcNow();
        }

        public void Dispose()
        {
            _go.Dispose();
            _asked.Dispose();
        }
    }
}
