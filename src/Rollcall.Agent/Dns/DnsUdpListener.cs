using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Checks;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Answers datagrams, one after the other: an answer takes microseconds, so they wait in the socket's buffer and not in tasks, and a flood is
/// dropped by the system. Only what other servers are asked goes on beside it.
/// </summary>
internal sealed class DnsUdpListener : IAsyncDisposable
{
    // A question has 271 bytes and its options; what is longer is cut by the system, and refused.
    private const int LongestQuestion = 4096;

    private readonly Socket _socket;
    private readonly DnsResponder _responder;
    private readonly DnsForwarder _forwarder;
    private readonly ILogger _logger;
    private readonly Task _loop;
    private volatile bool _stopped;

    public DnsUdpListener(Socket socket, DnsResponder responder, DnsForwarder forwarder, ILogger logger)
    {
        (_socket, _responder, _forwarder, _logger) = (socket, responder, forwarder, logger);
        _loop = DetachedFlow.Start(() => Task.Run(ReceiveAsync));
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        _socket.Dispose();
        await _loop.ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        var question = GC.AllocateUninitializedArray<byte>(LongestQuestion, pinned: true);
        var answer = GC.AllocateUninitializedArray<byte>(ushort.MaxValue, pinned: true);
        var from = new SocketAddress(_socket.AddressFamily);
        var scratch = new DnsScratch();
        while (!_stopped)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(question, SocketFlags.None, from).ConfigureAwait(false);
                var message = question.AsMemory(0, received);
                var outcome = _responder.Answer(message.Span, answer, tcp: false, scratch, out var length);
                if (outcome == DnsOutcome.Ignored)
                {
                    continue;
                }

                var reply = answer.AsMemory(0, length);
                if (outcome == DnsOutcome.Answered || !TryForward(message, reply, from))
                {
                    await _socket.SendToAsync(reply, SocketFlags.None, from).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // One that could not be sent to does not keep the others waiting; the socket itself fails only when it is closed.
                if (!_stopped)
                {
                    DnsServer.Log.NotSent(_logger, exception.Message);
                }
            }
#pragma warning disable CA1031 // The edge of the server: whatever failed, the next question is answered.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                DnsServer.Log.NotAnswered(_logger, exception);
            }
        }
    }

    private bool TryForward(ReadOnlyMemory<byte> question, ReadOnlyMemory<byte> failure, SocketAddress from)
    {
        if (!_forwarder.TryEnter())
        {
            return false;
        }

        // Copies: the loop goes on with its own.
        var client = new SocketAddress(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(client.Buffer.Span);
        _ = ForwardAsync(question.ToArray(), failure.ToArray(), client);
        return true;
    }

    private async Task ForwardAsync(byte[] question, byte[] failure, SocketAddress client)
    {
        try
        {
            var reply = await _forwarder.AskAsync(question, tcp: false).ConfigureAwait(false) ?? failure;
            await _socket.SendToAsync(reply, SocketFlags.None, client).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            DnsServer.Log.NotSent(_logger, exception.Message);
        }
        finally
        {
            _forwarder.Leave();
        }
    }
}
