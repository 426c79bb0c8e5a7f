using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Discovery.Tests.Sources;

/// <summary>A DNS server that says what the test tells it to. Counts what it is asked.</summary>
internal sealed class StubDns : IDisposable
{
    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private int _asked;

    public StubDns()
    {
        // A port that is free for both, in all likelihood: the system gives each to nobody else meanwhile.
        _tcp = new TcpListener(IPAddress.Loopback, 0);
        _tcp.Start();
        EndPoint = (IPEndPoint)_tcp.LocalEndpoint;
        _udp = new UdpClient(EndPoint);
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>How many questions came.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The answer to a question; null: silence. The second argument says whether it came by TCP.</summary>
    public Func<DnsQuestionRecord, bool, DnsMessage?> Answer { get; set; } = static (_, _) => null;

    /// <summary>Records by name and type; other names do not exist.</summary>
    public void Serve(params DnsRecord[] records) => Answer = (question, _) =>
    {
        var named = records.Where(record => string.Equals(record.Name, question.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        return new DnsMessage
        {
            Header = new DnsHeader { ResponseCode = named.Count == 0 ? DnsResponseCode.NameError : DnsResponseCode.NoError },
            Answers = [.. named.Where(record => record.Type == question.Type)],
        };
    };

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        while (true)
        {
            try
            {
                var received = await _udp.ReceiveAsync();
                if (Reply(received.Buffer, tcp: false) is { } reply)
                {
                    await _udp.SendAsync(reply, received.RemoteEndPoint);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _tcp.AcceptTcpClientAsync();
                var stream = client.GetStream();
                var prefix = new byte[2];
                await stream.ReadExactlyAsync(prefix);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
                await stream.ReadExactlyAsync(question);
                if (Reply(question, tcp: true) is { } reply)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)reply.Length);
                    await stream.WriteAsync((byte[])[.. prefix, .. reply]);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
            {
                return;
            }
        }
    }

    private byte[]? Reply(byte[] bytes, bool tcp)
    {
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(bytes, out var question));
        Interlocked.Increment(ref _asked);
        if (Answer(question!.Questions[0], tcp) is not { } answer)
        {
            return null;
        }

        var buffer = new byte[ushort.MaxValue];
        var length = new DnsMessage
        {
            Header = answer.Header with { Id = question.Header.Id, IsResponse = true },
            Questions = question.Questions,
            Answers = answer.Answers,
            Authorities = answer.Authorities,
            Additionals = answer.Additionals,
        }.Write(buffer);
        return buffer[..length];
    }
}
