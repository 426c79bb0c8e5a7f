using System.Net.Sockets;
using Rollcall.Agent.Dns;
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
    public async Task MoreConnectionsThanThereMayBe_AreAnsweredWhenOthersHaveEnded()
    {
        await using var agent = await StartAsync();
        var first = await Task.WhenAll(Enumerable.Range(0, DnsTcpListener.MaxConnections).Select(_ => ConnectAsync(agent)));
        foreach (var client in first)
        {
            await client.GetStream().WriteAsync((byte[])[0, 1]);
        }

        using var late = await ConnectAsync(agent);
        var question = DnsProbe.Question("n1.node.consul", DnsType.A);
        var answer = DnsProbe.ExchangeAsync(late.GetStream(), question);

        // By datagram there is an answer, so the server is not stuck; the connection is not.
        _ = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "n1.node.consul", DnsType.A);
        Assert.False(answer.IsCompleted);

        first[0].Dispose();
        _ = await answer;
        Array.ForEach(first, client => client.Dispose());
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

    private static async Task<TcpClient> ConnectAsync(AgentFixture agent)
    {
        var client = new TcpClient();
        await client.ConnectAsync(agent.Agent.DnsEndPoint!).WithinAsync();
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
}
