using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rollcall.LoadTest.Agents;

/// <summary>Asks a DNS server over UDP, one question at a time, and insists on an answer with records. As little as that takes: the server is what is measured.</summary>
internal sealed class DnsLoadClient : IDisposable
{
    public const ushort A = 1;
    public const ushort Srv = 33;

    private const int HeaderLength = 12;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _answer = new byte[4096];

    public DnsLoadClient(IPEndPoint server) => _socket.Connect(server);

    public async Task AskAsync(string name, ushort type)
    {
        await _socket.SendAsync(Question(name, type));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        var length = await _socket.ReceiveAsync(_answer, patience.Token);
        if (length < HeaderLength || (_answer[3] & 15) != 0 || BinaryPrimitives.ReadUInt16BigEndian(_answer.AsSpan(6)) == 0)
        {
            throw new InvalidOperationException($"{name} was answered without records, code {_answer[3] & 15}.");
        }
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Question(string name, ushort type)
    {
        var question = new byte[HeaderLength + name.Length + 2 + 4];
        question[1] = 7;
        question[5] = 1;
        var at = HeaderLength;
        foreach (var label in name.Split('.'))
        {
            question[at] = (byte)label.Length;
            at += 1 + Encoding.ASCII.GetBytes(label, question.AsSpan(at + 1));
        }

        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(at + 1), type);
        question[at + 4] = 1;
        return question;
    }
}
