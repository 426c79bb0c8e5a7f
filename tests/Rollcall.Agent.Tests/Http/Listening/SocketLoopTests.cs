using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Tests.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

public sealed class SocketLoopTests
{
    [Fact]
    public async Task RequestsInOnePiece_AreAnsweredInTheirOrder()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("kv/a", "first");
        await agent.PutAsync("kv/b", "second");
        using var socket = await ConnectAsync(agent);

        await socket.SendAsync("GET /v1/kv/a?raw HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/kv/b?raw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()).WithinAsync();

        var answers = await ReadToEndAsync(socket);
        Assert.Matches("(?s)^HTTP/1.1 200 OK.*\r\n\r\nfirstHTTP/1.1 200 OK.*\r\n\r\nsecond$", answers);
    }

    [Fact]
    public async Task RequestInSmallPieces_IsAnswered()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var socket = await ConnectAsync(agent);
        foreach (var piece in (string[])["PUT /v1/kv/a HT", "TP/1.1\r\nHost: a\r\nContent-", "Length: 5\r\nConnection: close\r\n\r\nva", "l", "ue"])
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(piece)).WithinAsync();
        }

        Assert.EndsWith("\r\n\r\ntrue", await ReadToEndAsync(socket), StringComparison.Ordinal);
        Assert.Equal("value", (await agent.GetAsync("kv/a?raw")).Body);
    }

    [Theory]
    [InlineData("DELETE /v1/kv/tree/?recurse HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PUT /v1/txn HTTP/1.1\r\nHost: a\r\nContent-Length: 49\r\n\r\n[{\"KV\":{\"Verb\":\"delete-tree\",\"Key\":\"tree/\"} } ]  ")]
    public async Task TreeThatIsDeleted_KeepsNobodyWaiting(string request)
    {
        using var journal = new HeldJournal();
        await using var agent = await AgentFixture.StartAsync(configure: options => (options.SocketThreads, options.Journal) = (1, journal));
        await agent.PutAsync("kv/tree/a", "value");
        using var socket = await ConnectAsync(agent);
        journal.Hold();

        await socket.SendAsync(Encoding.ASCII.GetBytes(request)).WithinAsync();
        await journal.EnteredAsync();

        Assert.Equal("value", (await agent.GetAsync("kv/tree/a?raw")).Body);
        journal.Release();
        await Eventually.TrueAsync(async () => (await agent.GetAsync("kv/tree/a")).Status == HttpStatusCode.NotFound);
    }

    // The system takes a part of it; the rest goes when the client reads.
    [Fact]
    public async Task AnswerThatTheClientDoesNotReadYet_ComesWhole()
    {
        const int Count = 40;
        await using var agent = await AgentFixture.StartAsync();
        for (var i = 0; i < Count; i++)
        {
            await agent.PutAsync($"kv/large/{i}", new string((char)('a' + (i % 26)), 500_000));
        }

        using var socket = await ConnectAsync(agent);
        await socket.SendAsync("GET /v1/kv/large/?recurse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()).WithinAsync();
        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight > 0);

        // Others are answered meanwhile.
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("status/leader")).Status);
        var answer = await ReadToEndAsync(socket);
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"Content-Length: {body.Length}\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(Count, System.Text.Json.JsonDocument.Parse(body).RootElement.GetArrayLength());
        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight == 0);
    }

    // More than is received ahead of what is read.
    [Fact]
    public async Task LargeBody_IsTakenWhole()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Limits.MaxValueBytes = 8 << 20);
        var value = string.Concat(Enumerable.Range(0, 700_000).Select(static i => $"{i:D8}"));

        await agent.PutAsync("kv/large", value);

        Assert.Equal(value, (await agent.GetAsync("kv/large?raw")).Body);
    }

    [Fact]
    public async Task ClientThatHangsUp_IsNotWaitedFor()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("kv/a", "v");
        using (var socket = await ConnectAsync(agent))
        {
            await socket.SendAsync("GET /v1/kv/a?index=1000&wait=10m HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()).WithinAsync();
            await Eventually.TrueAsync(() => agent.Agent.BlockedQueries == 1);
        }

        await Eventually.TrueAsync(() => agent.Agent.BlockedQueries == 0);
    }

    [Fact]
    public async Task ManyConnectionsThatComeAndGo_LeaveNothing()
    {
        await using var agent = await AgentFixture.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async worker =>
        {
            for (var i = 0; i < 10; i++)
            {
                using var socket = await ConnectAsync(agent);
                await socket.SendAsync(Encoding.ASCII.GetBytes($"PUT /v1/kv/{worker} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{i}")).WithinAsync();
                Assert.EndsWith("true", await ReadToEndAsync(socket), StringComparison.Ordinal);
            }
        }));

        // That of the fixture's own client is left once it has asked.
        Assert.Equal("9", (await agent.GetAsync("kv/7?raw")).Body);
        await Eventually.TrueAsync(() => agent.Agent.Load.Connections == 1);
    }

    // By Stopwatch, as the loop measures: what takes 2 ms is long, and a stall is 60 ms.
    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(2, 4, false)]
    [InlineData(60, 1, false)]
    public async Task WhatIsPutOff_LeavesTheThread_WhenHalfTookLongOrOneStalled(int milliseconds, int times, bool stays)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var loop = new SocketLoop(NullLogger.Instance);
        for (var i = 0; i < times; i++)
        {
            Assert.True(await PutOffAsync(loop, TimeSpan.FromMilliseconds(milliseconds)));
        }

        Assert.Equal(stays, await PutOffAsync(loop, TimeSpan.Zero));

        // Short ones bring it back, however many a busy machine makes long.
        var isBack = false;
        for (var i = 0; i < 10_000 && !isBack; i++)
        {
            isBack = await PutOffAsync(loop, TimeSpan.Zero);
        }

        Assert.True(isBack);
    }

    /// <returns>Whether the loop's thread did it.</returns>
    [SupportedOSPlatform("linux")]
    private static Task<bool> PutOffAsync(SocketLoop loop, TimeSpan computes)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => loop.PutOff(() =>
        {
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < computes)
            {
            }

            done.SetResult(SocketLoop.Current() == loop);
        }));
        return done.Task.WithinAsync();
    }

    private static async Task<Socket> ConnectAsync(AgentFixture agent)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync().WithinAsync();
    }
}
