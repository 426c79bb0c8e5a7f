using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Answers datagrams, those that are there together: an answer takes microseconds, so they wait in the socket's buffer and not in tasks, and a flood is
/// dropped by the system. Only what other servers are asked goes on beside it. It has a thread of its own that blocks in the system: with
/// asynchronous calls each datagram would wake two threads, which takes up to three times the CPU time.
/// </summary>
internal sealed class DnsUdpListener : IAsyncDisposable
{
    // A question has 271 bytes and its options; what is longer is cut by the system, and refused.
    private const int LongestQuestion = 4096;

    // No asynchronous call may ever be made on it: the first one would make the others poll.
    private readonly Socket _socket;
    private readonly DnsResponder _responder;
    private readonly RecursiveAnswers _recursive;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDatagrams _datagrams;
    private volatile bool _stopped;

    public DnsUdpListener(Socket socket, DnsResponder responder, RecursiveAnswers recursive, ILogger logger)
    {
        (_socket, _responder, _recursive, _logger) = (socket, responder, recursive, logger);
        _datagrams = OperatingSystem.IsLinux()
            ? new DatagramBatch(socket, LongestQuestion, IsEverywhere((IPEndPoint)socket.LocalEndPoint!), logger)
            : new SingleDatagrams(socket, LongestQuestion, logger);
        new Thread(Receive) { IsBackground = true, Name = "Rollcall DNS" }.UnsafeStart();
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        Wake();
        _socket.Dispose();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Closing the socket ends the call that blocks, but not on every system: there an empty datagram to itself does.</summary>
    private void Wake()
    {
        try
        {
            var own = (IPEndPoint)_socket.LocalEndPoint!;
            var loopback = own.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
            _socket.SendTo([], SocketFlags.None, new IPEndPoint(IsEverywhere(own) ? loopback : own.Address, own.Port).Serialize());
        }
        catch (SocketException exception)
        {
            DnsServer.Log.NotSent(_logger, exception.Message);
        }
    }

    private static bool IsEverywhere(IPEndPoint own) => own.Address.Equals(IPAddress.Any) || own.Address.Equals(IPAddress.IPv6Any);

    private void Receive()
    {
        var scratch = new DnsScratch(new ForeignHosts());
        while (!_stopped)
        {
            try
            {
                var count = _datagrams.Receive();
                for (var at = 0; at < count; at++)
                {
                    Answer(at, scratch);
                }

                _datagrams.Send();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The socket itself fails only when it is closed.
                if (!_stopped)
                {
                    DnsServer.Log.NotSent(_logger, exception.Message);
                }
            }
        }

        _ended.SetResult();
    }

    private void Answer(int at, DnsScratch scratch)
    {
        try
        {
            var question = _datagrams.Question(at);
            var room = _datagrams.Room;
            var outcome = _responder.Answer(question, room, tcp: false, scratch, out var length);
            if (outcome == DnsOutcome.Answered || (outcome != DnsOutcome.Ignored && !TryAskOthers(outcome, question, room[..length], at)))
            {
                _datagrams.Answer(at, length);
            }
        }
#pragma warning disable CA1031 // The edge of the server: whatever failed, the next question is answered.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DnsServer.Log.NotAnswered(_logger, exception);
        }
    }

    private bool TryAskOthers(DnsOutcome outcome, ReadOnlySpan<byte> question, ReadOnlySpan<byte> failure, int at)
    {
        if (!_recursive.TryEnter())
        {
            return false;
        }

        // Copies: the loop goes on with its own.
        _ = AskOthersAsync(outcome, question.ToArray(), failure.ToArray(), _datagrams.Sender(at));
        return true;
    }

    private async Task AskOthersAsync(DnsOutcome outcome, byte[] question, byte[] failure, DnsPeer client)
    {
        try
        {
            var reply = await _recursive.AskAsync(outcome, question, tcp: false).ConfigureAwait(false) ?? failure;
            _datagrams.Send(reply, client);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            DnsServer.Log.NotSent(_logger, exception.Message);
        }
        finally
        {
            _recursive.Leave();
        }
    }
}
