using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Asks other servers, in their order, until one has an answer. Safe for use by many threads: <c>TryEnter</c>,
/// <c>AskAsync</c>, <c>Leave</c>.
/// </summary>
internal sealed class DnsForwarder(IReadOnlyList<IPEndPoint> servers, DnsSettings settings, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How many questions may wait for other servers at a time; further ones fail at once.</summary>
    public const int MaxWaiting = 512;

    /// <summary>For so long a server that did not answer in time is asked last.</summary>
    public static readonly TimeSpan SilenceIsRemembered = TimeSpan.FromSeconds(10);

    // A little less than resolvers wait for an answer (resolv.conf(5): 5 seconds), of which the hosts are only a part.
    private static readonly TimeSpan s_hostsTimeout = TimeSpan.FromSeconds(4);

    // The header, a name, a type and a class.
    private const int LongestHostQuestion = DnsHeader.Length + DnsName.MaxLength + 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One more than wait while it is not stopped.
    private int _waiting = 1;

    // When each server was silent; 0: it was not. Written by anybody.
    private readonly long[] _silentAt = new long[servers.Count];

    // What is being looked for; whoever wants the same waits for the one who does.
    private readonly ConcurrentDictionary<string, Task<IReadOnlyList<DnsRecord>>> _searches = new(StringComparer.OrdinalIgnoreCase);
    private int _full;

    /// <returns>False: too many wait already, or it was stopped.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= MaxWaiting + 1 && !_stop.IsCancellationRequested)
        {
            return true;
        }

        Leave();

        // Once for each time that it fills up from half or less: a flood of questions is no flood of lines.
        if (Interlocked.Exchange(ref _full, 1) == 0 && !_stop.IsCancellationRequested)
        {
            DnsServer.Log.TooManyForwarded(logger, MaxWaiting);
        }

        return false;
    }

    public void Leave()
    {
        var left = Interlocked.Decrement(ref _waiting);
        if (left <= MaxWaiting / 2 && Volatile.Read(ref _full) != 0)
        {
            Volatile.Write(ref _full, 0);
        }

        if (left == 0)
        {
            _empty.TrySetResult();
        }
    }

    /// <summary>Fires when a question has waited for its hosts for long enough, however many they are: 4 seconds, or what one server may take if that is longer.</summary>
    public CancellationTokenSource StartHostsTimeout() =>
        new(settings.RecursorTimeout > s_hostsTimeout ? settings.RecursorTimeout : s_hostsTimeout, time);

    /// <returns>The answer, with the client's id; null: no server has one.</returns>
    public Task<byte[]?> AskAsync(byte[] question, bool tcp) =>
        AskAsync(question, tcp, static code => code is DnsResponseCode.NoError or DnsResponseCode.NameError, CancellationToken.None);

    /// <summary>Asks for the addresses of a host as Consul does: A records, by UDP, and the first answer counts, whatever its code.</summary>
    /// <param name="host">Its name.</param>
    /// <param name="cancellationToken">Ends the wait; that is no error.</param>
    /// <returns>The records of the answer; empty: there are none, or no server answered.</returns>
    public async Task<IReadOnlyList<DnsRecord>> FindHostAsync(string host, CancellationToken cancellationToken)
    {
        var own = new TaskCompletionSource<IReadOnlyList<DnsRecord>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var search = _searches.GetOrAdd(host, own.Task);
        if (search != own.Task)
        {
            await ((Task)search).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return search.IsCompletedSuccessfully ? await search.ConfigureAwait(false) : [];
        }

        IReadOnlyList<DnsRecord> found = [];
        try
        {
            return found = await SearchAsync(host, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _searches.TryRemove(host, out _);
            own.SetResult(found);
        }
    }

    private async Task<IReadOnlyList<DnsRecord>> SearchAsync(string host, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestHostQuestion];
        var length = new DnsMessage
        {
            Header = new DnsHeader(0, 0) { RecursionDesired = true },
            Questions = [new DnsQuestionRecord(host, DnsType.A)],
        }.Write(buffer);
        return await AskAsync(buffer[..length], tcp: false, static _ => true, cancellationToken).ConfigureAwait(false) is { } answer
            && DnsMessage.TryParse(answer, out var message) == DnsFault.None
            ? message!.Answers
            : [];
    }

    private async Task<byte[]?> AskAsync(byte[] question, bool tcp, Func<DnsResponseCode, bool> counts, CancellationToken cancellationToken)
    {
        // In their order, but for those that were silent: each of these would take its whole time from each question.
        foreach (var (index, server) in servers.Index().OrderBy(server => WasSilent(server.Index)))
        {
            using var late = new CancellationTokenSource(settings.RecursorTimeout, time);
            try
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token, cancellationToken);
                var answer = await AskAsync(server, question, tcp, counts, stop.Token).ConfigureAwait(false);
                Volatile.Write(ref _silentAt[index], 0);
                if (answer is not null)
                {
                    return answer;
                }

                DnsServer.Log.NotForwarded(logger, server, "it refused or failed");
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested && late.IsCancellationRequested)
            {
                Volatile.Write(ref _silentAt[index], time.GetTimestamp());
                DnsServer.Log.NotForwarded(logger, server, "it was silent");
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SocketException exception)
            {
                DnsServer.Log.NotForwarded(logger, server, exception.Message);
            }
        }

        return null;
    }

    private bool WasSilent(int server) =>
        Volatile.Read(ref _silentAt[server]) is var at and not 0 && time.GetElapsedTime(at) < SilenceIsRemembered;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Leave();
        await _empty.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async Task<byte[]?> AskAsync(
        IPEndPoint server, byte[] question, bool tcp, Func<DnsResponseCode, bool> counts, CancellationToken cancellationToken)
    {
        // An id of its own: the client's may be known to whoever wants to answer in the server's place.
        var sent = (byte[])question.Clone();
        RandomNumberGenerator.Fill(sent.AsSpan(0, 2));
        using var socket = new Socket(server.AddressFamily, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        var answer = tcp
            ? await ExchangeByTcpAsync(socket, sent, cancellationToken).ConfigureAwait(false)
            : await ExchangeByUdpAsync(socket, sent, cancellationToken).ConfigureAwait(false);
        if (answer is null || !DnsHeader.TryRead(answer, out var header) || !counts(header.ResponseCode))
        {
            return null;
        }

        question.AsSpan(0, 2).CopyTo(answer);
        return answer;
    }

    private static async Task<byte[]?> ExchangeByUdpAsync(Socket socket, byte[] question, CancellationToken cancellationToken)
    {
        await socket.SendAsync(question, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (IsAnswer(question, buffer.AsSpan(0, length)))
            {
                return buffer[..length];
            }
        }
    }

    private static async Task<byte[]?> ExchangeByTcpAsync(Socket socket, byte[] question, CancellationToken cancellationToken)
    {
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        try
        {
            await stream.WriteAsync(framed, cancellationToken).ConfigureAwait(false);
            await stream.ReadExactlyAsync(framed.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(framed)];
            await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
            return IsAnswer(question, answer) ? answer : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>It answers this question: anybody can send to the port that waits for it.</summary>
    private static bool IsAnswer(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer)
    {
        Span<byte> asked = stackalloc byte[DnsName.MaxLength];
        Span<byte> answered = stackalloc byte[DnsName.MaxLength];
        scoped DnsQuestion mine;
        scoped DnsQuestion theirs;
        scoped var sent = new DnsMessageReader(question);
        scoped var received = new DnsMessageReader(answer);
        return received.Header.IsResponse && received.Header.Id == sent.Header.Id && received.Header.Questions == 1
            && sent.TryReadQuestion(asked, out mine) && received.TryReadQuestion(answered, out theirs)
            && mine.Type == theirs.Type && mine.Class == theirs.Class && mine.Name.EqualsIgnoreCase(theirs.Name);
    }
}
