using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Checks;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Answers questions on connections, those of one connection one after the other. Connections are limited, and who is slow, or has the most, loses his, so
/// that there is room for others.
/// </summary>
internal sealed class DnsTcpListener : IAsyncDisposable
{
    /// <summary>For a further connection one is closed: of the address that has the most, the one that was answered the longest ago.</summary>
    public const int MaxConnections = 256;

    /// <summary>How long a connection may be silent between questions.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(8);

    /// <summary>How long a question may take to arrive once it has begun, and an answer to be taken.</summary>
    public static readonly TimeSpan MessageTimeout = TimeSpan.FromSeconds(2);

    // So many are answered before others have their turn on the pool.
    private const int QuestionsPerTurn = 16;

    private readonly Socket _socket;
    private readonly DnsResponder _responder;
    private readonly RecursiveAnswers _recursive;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private readonly Lock _lock = new();

    // Under _lock: those that have a place.
    private readonly HashSet<DnsConnection> _connections = [];

    // One more than there are while it is not stopped. Some have lost their place already.
    private int _serving = 1;
    private long _answered;

    public DnsTcpListener(Socket socket, DnsResponder responder, RecursiveAnswers recursive, ILogger logger, TimeProvider time)
    {
        (_socket, _responder, _recursive, _logger, _time) = (socket, responder, recursive, logger, time);
        _loop = DetachedFlow.Start(() => Task.Run(AcceptAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _socket.Dispose();

        Leave();
        await _empty.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(Enter(await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false)));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException exception)
            {
                // The client gave up before it was its turn, or the process has no handle left.
                DnsServer.Log.NotSent(_logger, exception.Message);
                await HandleShortage.RestAsync(exception, _time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private DnsConnection Enter(Socket socket)
    {
        var connection = new DnsConnection(socket, ((IPEndPoint)socket.RemoteEndPoint!).Address, Interlocked.Increment(ref _answered));
        DnsConnection? last = null;
        lock (_lock)
        {
            _connections.Add(connection);
            if (_connections.Count > MaxConnections)
            {
                last = LastLocked();
                _connections.Remove(last);
            }
        }

        // Ends whatever it waits for.
        last?.Socket.Dispose();
        Interlocked.Increment(ref _serving);
        return connection;
    }

    // By address, as one client may keep any number alive. One in the middle of a question counts like others, or nobody would ever end one.
    private DnsConnection LastLocked() => _connections
        .GroupBy(static connection => connection.Address)
        .MaxBy(static client => (client.Count(), -client.Min(static connection => connection.Answered)))!
        .MinBy(static connection => connection.Answered)!;

    private void Leave()
    {
        if (Interlocked.Decrement(ref _serving) == 0)
        {
            _empty.SetResult();
        }
    }

    private async Task ServeAsync(DnsConnection connection)
    {
        // While there are questions nothing below waits, and the loop that calls this has others to accept.
        await Task.Yield();
        try
        {
            using (connection.Socket)
            {
                connection.Socket.NoDelay = true;
                var scratch = new DnsScratch(new ForeignHosts());
                for (var count = 1; await AnswerOneAsync(connection, scratch).ConfigureAwait(false); count++)
                {
                    if (count % QuestionsPerTurn == 0)
                    {
                        await Task.Yield();
                    }
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is gone or too slow, another one got the place, or the agent stops.
        }
#pragma warning disable CA1031 // The edge of the server: whatever failed, only this connection ends.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DnsServer.Log.NotAnswered(_logger, exception);
        }
        finally
        {
            lock (_lock)
            {
                _connections.Remove(connection);
            }

            Leave();
        }
    }

    /// <returns>False: the client has nothing more to ask.</returns>
    private async Task<bool> AnswerOneAsync(DnsConnection connection, DnsScratch scratch)
    {
        var socket = connection.Socket;
        var prefix = new byte[2];
        if (await ReceiveAsync(socket, prefix.AsMemory(0, 1), IdleTimeout).ConfigureAwait(false) == 0)
        {
            return false;
        }

        using var late = new CancellationTokenSource(MessageTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        if (!await FillAsync(socket, prefix.AsMemory(1), stop.Token).ConfigureAwait(false))
        {
            return false;
        }

        var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        if (!await FillAsync(socket, question, stop.Token).ConfigureAwait(false))
        {
            return false;
        }

        var framed = Answer(question, scratch, out var outcome);
        if (outcome == DnsOutcome.Ignored)
        {
            return false;
        }

        if (outcome is DnsOutcome.Forward or DnsOutcome.FindHosts && _recursive.TryEnter())
        {
            try
            {
                framed = await _recursive.AskAsync(outcome, question, tcp: true).ConfigureAwait(false) is { } reply ? Frame(reply) : framed;
            }
            finally
            {
                _recursive.Leave();
            }
        }

        // Before the client can see it: who was answered first counts as answered first.
        connection.Answered = Interlocked.Increment(ref _answered);
        await SendAsync(socket, framed).ConfigureAwait(false);
        return true;
    }

    private byte[] Answer(byte[] question, DnsScratch scratch, out DnsOutcome outcome)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            outcome = _responder.Answer(question, buffer.AsSpan(0, ushort.MaxValue), tcp: true, scratch, out var length);
            return Frame(buffer.AsSpan(0, length));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsSpan(2));
        return framed;
    }

    private async Task<int> ReceiveAsync(Socket connection, Memory<byte> buffer, TimeSpan timeout)
    {
        using var late = new CancellationTokenSource(timeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        return await connection.ReceiveAsync(buffer, SocketFlags.None, stop.Token).ConfigureAwait(false);
    }

    private async Task SendAsync(Socket connection, ReadOnlyMemory<byte> bytes)
    {
        using var late = new CancellationTokenSource(MessageTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await connection.SendAsync(bytes, SocketFlags.None, stop.Token).ConfigureAwait(false)..];
        }
    }

    private static async Task<bool> FillAsync(Socket connection, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var received = await connection.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (received == 0)
            {
                return false;
            }

            buffer = buffer[received..];
        }

        return true;
    }
}
