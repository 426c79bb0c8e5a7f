using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rollcall.Agent.Http.Listening;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

/// <summary>A request whose body comes when its endpoint waits for it already.</summary>
public sealed class LateBodyTests
{
    [Fact]
    public async Task WhatItAsksFor_IsNotDoneByAThreadThatOthersWaitFor()
    {
        // Elsewhere the agent has no such threads.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var waits = new SemaphoreSlim(0);
        var onSocketThread = new ConcurrentQueue<bool>();
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            options.SocketThreads = 1;
            options.Middleware = next => context =>
            {
                // The answer begins where it was made: a transaction that only reads waits for nothing else.
                context.Response.OnStarting(() =>
                {
                    onSocketThread.Enqueue(OperatingSystem.IsLinux() && SocketLoop.Current() is not null);
                    return Task.CompletedTask;
                });
                var answering = next(context);
                if (!answering.IsCompleted)
                {
                    waits.Release();
                }

                return answering;
            };
        });
        const string Body = """[{"KV":{"Verb":"get-tree","Key":"a"}}]""";
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, agent.Agent.HttpAddress.Port)).WithinAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"PUT /v1/txn HTTP/1.1\r\nHost: a\r\nContent-Length: {Body.Length}\r\n\r\n")).WithinAsync();
            await waits.WaitAsync().WithinAsync();
            await client.SendAsync(Encoding.ASCII.GetBytes(Body)).WithinAsync();
            Assert.NotEqual(0, await client.ReceiveAsync(new byte[1000]).WithinAsync());
        }

        Assert.Equal([false, false, false], onSocketThread);
    }
}
