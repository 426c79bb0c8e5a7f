namespace Rollcall.Agent.Dns;

/// <summary>Takes in the questions that have come and sends their answers. For one thread, but <see cref="Send(ReadOnlySpan{byte}, DnsPeer)"/>, which any may call.</summary>
internal interface IDatagrams
{
    /// <summary>Where the next answer goes: room for the longest, 65,535 bytes.</summary>
    Span<byte> Room { get; }

    /// <summary>Waits until something is there.</summary>
    /// <returns>How many questions there are now; those of before are gone.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">Nothing can be received.</exception>
    int Receive();

    /// <summary>What came; what did not fit is lost.</summary>
    Span<byte> Question(int at);

    /// <summary>Who sent it; to be kept.</summary>
    DnsPeer Sender(int at);

    /// <summary>The first bytes of <see cref="Room"/> are the answer to that question.</summary>
    void Answer(int at, int length);

    /// <summary>Sends all answers. One that can't be sent is logged and keeps none of the others.</summary>
    void Send();

    /// <summary>Sends one, at any time.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">It can't be sent.</exception>
    void Send(ReadOnlySpan<byte> answer, DnsPeer to);
}
