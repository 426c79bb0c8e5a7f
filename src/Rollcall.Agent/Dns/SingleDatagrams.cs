using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Dns;

/// <summary>One question at a time, by .NET's socket. The system chooses the address that an answer comes from.</summary>
internal sealed class SingleDatagrams(Socket socket, int longestQuestion, ILogger logger) : IDatagrams
{
    private readonly byte[] _question = GC.AllocateUninitializedArray<byte>(longestQuestion, pinned: true);
    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(ushort.MaxValue, pinned: true);
    private readonly SocketAddress _from = new(socket.AddressFamily);
    private int _questionLength;
    private int _answerLength;

    public Span<byte> Room => _answer;

    public int Receive()
    {
        _questionLength = socket.ReceiveFrom(_question, SocketFlags.None, _from);
        return 1;
    }

    public Span<byte> Question(int at) => _question.AsSpan(0, _questionLength);

    public DnsPeer Sender(int at) => new(socket.AddressFamily, _from.Buffer.Span[.._from.Size], []);

    public void Answer(int at, int length) => _answerLength = length;

    public void Send()
    {
        if (_answerLength == 0)
        {
            return;
        }

        try
        {
            socket.SendTo(_answer.AsSpan(0, _answerLength), SocketFlags.None, _from);
        }
        catch (SocketException exception)
        {
            DnsServer.Log.NotSent(logger, exception.Message);
        }

        _answerLength = 0;
    }

    public void Send(ReadOnlySpan<byte> answer, DnsPeer to) => socket.SendTo(answer, SocketFlags.None, to.Address);
}
