using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Xunit;

namespace Rollcall.TestKit;

/// <summary>Asks a DNS server, one question at a time, and never twice.</summary>
public static class DnsProbe
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks for records of a name.</summary>
    /// <param name="server">Whom.</param>
    /// <param name="name">About which name.</param>
    /// <param name="type">Which records.</param>
    /// <param name="udpSize">What to say that can be taken by UDP; null: nothing.</param>
    /// <param name="tcp">By TCP.</param>
    public static async Task<DnsMessage> AskAsync(IPEndPoint server, string name, DnsType type, ushort? udpSize = 1232, bool tcp = false)
    {
        var question = Question(name, type, udpSize);
        var answer = tcp ? await SendByTcpAsync(server, question) : await SendByUdpAsync(server, question);
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(answer, out var message));
        Assert.True(udpSize is null || tcp || answer.Length <= Math.Max((int)udpSize, 512), "the answer is longer than was asked for");
        return message!;
    }

    /// <summary>The bytes of a question; its id is 0x1234.</summary>
    public static byte[] Question(string name, DnsType type, ushort? udpSize = null)
    {
        var buffer = new byte[512];
        var length = new DnsMessage
        {
            Header = new DnsHeader(0x1234, 0) { RecursionDesired = true },
            Questions = [new DnsQuestionRecord(name, type)],
            Edns = udpSize is { } size ? new DnsEdns(size) : null,
        }.Write(buffer);
        return buffer[..length];
    }

    /// <summary>Sends a datagram and gives what comes back.</summary>
    /// <exception cref="TimeoutException">Nothing came.</exception>
    public static async Task<byte[]> SendByUdpAsync(IPEndPoint server, byte[] question)
    {
        ArgumentNullException.ThrowIfNull(server);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server);
        _ = await socket.SendAsync(question);
        var buffer = new byte[ushort.MaxValue];
        var received = await socket.ReceiveAsync(buffer).WithinAsync(s_timeout);
        return buffer[..received];
    }

    /// <summary>Sends one message on a connection of its own and gives what comes back.</summary>
    public static async Task<byte[]> SendByTcpAsync(IPEndPoint server, byte[] question)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(question);
        using var client = new TcpClient(server.AddressFamily);
        await client.ConnectAsync(server).WithinAsync(s_timeout);
        return await ExchangeAsync(client.GetStream(), question);
    }

    /// <summary>Sends one message on a connection and gives what comes back.</summary>
    public static async Task<byte[]> ExchangeAsync(NetworkStream stream, byte[] question)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(question);
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed);
        return await ReadAsync(stream);
    }

    /// <summary>Reads one message from a connection.</summary>
    public static async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix).AsTask().WithinAsync(s_timeout);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(answer).AsTask().WithinAsync(s_timeout);
        return answer;
    }
}
