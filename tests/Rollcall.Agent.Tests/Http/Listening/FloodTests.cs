using System.Net;
using System.Net.Sockets;
using System.Text;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Tests.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

/// <summary>One client asks without end and without waiting for answers; the others are answered meanwhile.</summary>
[Collection(AloneCollection.Name)]
public sealed class FloodTests
{
    // Takes the agent much longer than the client, and has a short answer, so that there always is more of it.
    private static readonly byte[] s_slow = Encoding.ASCII.GetBytes(
        $"GET /v1/catalog/nodes?filter={Uri.EscapeDataString(string.Join(" or ", Enumerable.Range(0, 8).Select(static i => $"Node matches \"^(a|b)+{i}$\"")))} HTTP/1.1\r\nHost: a\r\n\r\n");

    [Fact]
    public async Task RequestsThatCameTogether_AreAnsweredByTurnsWithThoseOfOthers()
    {
        // Elsewhere the agent has no such threads.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int Count = 1000;
        using var entered = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            options.SocketThreads = 1;
            options.Middleware = next => context =>
            {
                if (context.Request.Path == "/v1/kv/hold" && OperatingSystem.IsLinux() && SocketLoop.Current() is not null)
                {
                    // The thread itself, so that all that is sent meanwhile is there when it goes on.
                    entered.Release();
                    Assert.True(go.Wait(TimeSpan.FromSeconds(30)));
                }

                return next(context);
            };
        });
        await using var many = await Flood.ConnectAsync(Address(agent));
        await using var one = await Flood.ConnectAsync(Address(agent));
        foreach (var client in (Flood[])[many, one])
        {
            await client.SendAsync(Put("first"));
            await client.AnsweredAsync();
        }

        // What is there already when the server begins to read is answered by the pool; then it is not held.
        var holding = entered.WaitAsync();
        var held = agent.GetAsync("kv/hold");
        while (await Task.WhenAny(holding, held).WithinAsync() != holding)
        {
            held = agent.GetAsync("kv/hold");
        }

        await many.SendAsync([.. Enumerable.Range(0, Count).SelectMany(static i => Put($"many/{i}"))]);
        await one.SendAsync(Put("one"));
        go.Set();
        await held;

        await Eventually.TrueAsync(async () => (await agent.GetAsync("kv/one")).Status == HttpStatusCode.OK && (await agent.GetAsync($"kv/many/{Count - 1}")).Status == HttpStatusCode.OK);
        Assert.True(await IndexAsync("one") < await IndexAsync($"many/{Count / 2}"));

        async Task<ulong> IndexAsync(string key) => (await agent.GetAsync($"kv/{key}")).Json![0]!["ModifyIndex"]!.GetValue<ulong>();
    }

    [Fact]
    public async Task OthersOfTheSameThread_AreAnswered_AndTheirWritesKept()
    {
        using var journal = new HeldJournal();
        await using var agent = await AgentFixture.StartAsync(configure: options => (options.SocketThreads, options.Journal) = (1, journal));
        await agent.PutAsync("kv/a", "value");
        await using var flood = await Flood.ConnectAsync(Address(agent));

        // From then on it is the thread that reads what it sends.
        await flood.SendAsync(s_slow);
        await flood.AnsweredAsync();
        flood.Start(s_slow);
        await flood.RunsAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("value", (await agent.GetAsync("kv/a?raw")).Body);
            await agent.PutAsync("kv/b", $"{i}");
        }

        await flood.RunsAsync();
    }

    // Its write is done together with that of a connection of the other thread, which goes on feeding it meanwhile.
    [Fact]
    public async Task WhatItWroteFirst_KeepsNoOtherWriteWaiting()
    {
        using var journal = new HeldJournal();
        await using var agent = await AgentFixture.StartAsync(configure: options => (options.SocketThreads, options.Journal) = (2, journal));
        using var first = await ConnectAsync(agent);
        journal.Hold();
        await first.SendAsync(Put("a")).WithinAsync();
        await journal.EnteredAsync();
        await using var flood = await Flood.ConnectAsync(Address(agent));
        await flood.SendAsync(Put("a"));
        flood.Start(s_slow);

        // Connections go to the threads by turns. This one is heard of after the flood's first request.
        using var ofFirstThread = await ConnectAsync(agent);
        using var beside = await ConnectAsync(agent);
        await beside.SendAsync(s_slow).WithinAsync();
        Assert.NotEqual(0, await beside.ReceiveAsync(new byte[1000]).WithinAsync());
        journal.Release();
        await flood.RunsAsync();

        for (var i = 0; i < 5; i++)
        {
            await agent.PutAsync("kv/b", $"{i}");
        }

        await flood.RunsAsync();
    }

    private static byte[] Put(string key) => Encoding.ASCII.GetBytes($"PUT /v1/kv/{key} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1");

    private static IPEndPoint Address(AgentFixture agent) => new(IPAddress.Loopback, agent.Agent.HttpAddress.Port);

    private static async Task<Socket> ConnectAsync(AgentFixture agent)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Address(agent)).WithinAsync();
        return socket;
    }
}
