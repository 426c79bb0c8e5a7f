using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Dns;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Dns;

public sealed class DatagramsTests : IDisposable
{
    // More than one system call takes in.
    private const int Clients = 40;

    private const int LongestQuestion = 64;

    // What a datagram holds besides its headers.
    private const int LongestSent = ushort.MaxValue - 20 - 8;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket[] _clients = [.. Enumerable.Range(0, Clients).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))];
    private readonly LogCollector _log = new();

    public DatagramsTests()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        foreach (var client in _clients)
        {
            client.Connect(_server.LocalEndPoint!);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EachIsAnsweredItsOwn_AlsoOfManyAtOnce_AndLongOnes(bool together)
    {
        if (Create(together) is not { } datagrams)
        {
            return;
        }

        for (byte client = 0; client < Clients; client++)
        {
            await _clients[client].SendAsync(new[] { client });
        }

        // Of 1 byte, and of so many that no two fit into the room.
        await Task.Run(() => AnswerAll(datagrams, client => client % 5 == 0 ? LongestSent - client : 1)).WithinAsync();

        for (var client = 0; client < Clients; client++)
        {
            var buffer = new byte[ushort.MaxValue];
            var length = await _clients[client].ReceiveAsync(buffer).WithinAsync();
            Assert.Equal(client % 5 == 0 ? LongestSent - client : 1, length);
            Assert.All(buffer.Take(length), value => Assert.Equal(client, value));
        }

        Assert.Empty(_log.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneThatCannotBeSent_IsLogged_AndTheOthersAreSent(bool together)
    {
        if (Create(together) is not { } datagrams)
        {
            return;
        }

        for (byte client = 0; client < 4; client++)
        {
            await _clients[client].SendAsync(new[] { client });
        }

        await Task.Run(() => AnswerAll(datagrams, client => client == 1 ? LongestSent + 1 : 1, count: 4)).WithinAsync();

        foreach (var client in (int[])[0, 2, 3])
        {
            Assert.Equal(1, await _clients[client].ReceiveAsync(new byte[8]).WithinAsync());
        }

        Assert.Single(_log.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sender_IsAnsweredLater_AlsoWhenOthersCameSince(bool together)
    {
        if (Create(together) is not { } datagrams)
        {
            return;
        }

        await _clients[0].SendAsync(new byte[] { 0 });
        Assert.Equal(1, datagrams.Receive());
        var sender = datagrams.Sender(0);
        await _clients[1].SendAsync(new byte[] { 1 });
        Assert.Equal(1, datagrams.Receive());

        datagrams.Send([7, 7, 7], sender);

        Assert.Equal(3, await _clients[0].ReceiveAsync(new byte[8]).WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsTooLong_IsCut_AndTheNextIsWhole(bool together)
    {
        if (Create(together) is not { } datagrams)
        {
            return;
        }

        await _clients[0].SendAsync(new byte[LongestQuestion + 5]);
        await _clients[1].SendAsync(new byte[] { 1, 2, 3 });
        var lengths = new List<int>();
        while (lengths.Count < 2)
        {
            var count = datagrams.Receive();
            lengths.AddRange(Enumerable.Range(0, count).Select(at => datagrams.Question(at).Length));
        }

        Assert.Equal([LongestQuestion, 3], lengths);
    }

    public void Dispose()
    {
        _server.Dispose();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private static void AnswerAll(IDatagrams datagrams, Func<int, int> length, int count = Clients)
    {
        for (var answered = 0; answered < count;)
        {
            var there = datagrams.Receive();
            for (var at = 0; at < there; at++, answered++)
            {
                var client = datagrams.Question(at)[0];
                var bytes = length(client);
                datagrams.Room[..bytes].Fill(client);
                datagrams.Answer(at, bytes);
            }

            datagrams.Send();
        }
    }

    /// <returns>Null: this system has no such calls.</returns>
    private IDatagrams? Create(bool together)
    {
        var logger = _log.CreateLogger("dns");
        return !together ? new SingleDatagrams(_server, LongestQuestion, logger)
            : OperatingSystem.IsLinux() ? new DatagramBatch(_server, LongestQuestion, tellsAddress: false, logger)
            : null;
    }
}
