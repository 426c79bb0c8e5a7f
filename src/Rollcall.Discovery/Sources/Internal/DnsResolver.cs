using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>Asks DNS servers, in their order, by UDP and, where that is not enough, by TCP. Thread-safe.</summary>
internal sealed class DnsResolver(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout, TimeProvider time)
{
    // What passes everywhere without being cut into pieces (DNS flag day 2020).
    private const ushort UdpSize = 1232;

    // A list that asks for more further questions than this is a mistake or an attack.
    private const int MaxTargets = 256;

    /// <summary>The SRV records of the lowest priority with the addresses of their targets, and for how many seconds that holds.</summary>
    /// <exception cref="DnsSourceException">No server answered.</exception>
    public async Task<(IReadOnlyList<(SrvRecord Record, IReadOnlyList<IPAddress> Addresses)> Servers, uint Ttl)> ServersAsync(
        string name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(name, DnsType.Srv, cancellationToken).ConfigureAwait(false);
        var ttl = Ttl(answer);

        // A target that is the root says that there is no such service.
        var records = answer.Answers.OfType<SrvRecord>().Where(static record => record.Target != "." && record.Port > 0).ToList();
        var first = records.Count == 0 ? (ushort)0 : records.Min(static record => record.Priority);
        records.RemoveAll(record => record.Priority != first);
        var given = answer.Additionals.OfType<AddressRecord>().ToLookup(static record => record.Name, StringComparer.OrdinalIgnoreCase);
        var known = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        foreach (var target in records.Select(static record => record.Target).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (given.Contains(target))
            {
                known[target] = [.. given[target].Select(static record => record.Address)];
                ttl = Math.Min(ttl, given[target].Min(static record => record.Ttl));
            }
            else if (known.Count < MaxTargets)
            {
                (known[target], var targetTtl) = await AddressesAsync(target, cancellationToken).ConfigureAwait(false);
                ttl = Math.Min(ttl, targetTtl);
            }
        }

        return ([.. records.Where(record => known.ContainsKey(record.Target)).Select(record => (record, known[record.Target]))], ttl);
    }

    /// <summary>The addresses of a name, of both families, and for how many seconds they hold.</summary>
    /// <exception cref="DnsSourceException">No server answered.</exception>
    public async Task<(IReadOnlyList<IPAddress> Addresses, uint Ttl)> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(
            AskAsync(name, DnsType.A, cancellationToken), AskAsync(name, DnsType.Aaaa, cancellationToken)).ConfigureAwait(false);

        // Records of other names are there because an alias led to them. One family without an address says nothing about how long the other holds.
        var holding = answers.Where(static answer => answer.Answers.Count > 0).DefaultIfEmpty(answers[0]);
        return ([.. answers.SelectMany(static answer => answer.Answers).OfType<AddressRecord>().Select(static record => record.Address)], holding.Min(Ttl));
    }

    /// <summary>Asks until a server says what there is, or that there is nothing.</summary>
    private async Task<DnsMessage> AskAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        var question = Question(name, type);
        List<string> failures = [];
        Exception? last = null;
        foreach (var server in servers)
        {
            try
            {
                var answer = await AskAsync(server, question, cancellationToken).ConfigureAwait(false);
                if (answer.Header.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameError)
                {
                    return answer;
                }

                failures.Add($"{server} answers {answer.Header.ResponseCode}");
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                failures.Add($"{server} is silent");
                last = exception;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                failures.Add($"{server}: {exception.Message}");
                last = exception;
            }
        }

        throw new DnsSourceException($"No DNS server answers for {name}: {string.Join("; ", failures)}", last);
    }

    private async Task<DnsMessage> AskAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        // An id and a port of its own for each question: whoever wants to answer in the server's place has to guess both.
        RandomNumberGenerator.Fill(question.AsSpan(0, 2));
        using var late = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var answer = await ByUdpAsync(server, question, stop.Token).ConfigureAwait(false);
        return answer.Header.Truncated ? await ByTcpAsync(server, question, stop.Token).ConfigureAwait(false) : answer;
    }

    private static async Task<DnsMessage> ByUdpAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(question, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (Read(buffer.AsSpan(0, length), question) is { } answer)
            {
                return answer;
            }
        }
    }

    private static async Task<DnsMessage> ByTcpAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(framed.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(framed)];
        await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
        return Read(answer, question) ?? throw new IOException("what came by TCP is no answer to the question");
    }

    /// <returns>Null: it is no answer to this question.</returns>
    private static DnsMessage? Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> question) =>
        DnsMessage.TryParse(bytes, out var answer) == DnsFault.None && DnsMessage.TryParse(question, out var asked) == DnsFault.None
        && answer is { Header.IsResponse: true, Questions: [var answered] } && answer.Header.Id == asked!.Header.Id
        && answered.Type == asked.Questions[0].Type && string.Equals(answered.Name, asked.Questions[0].Name, StringComparison.OrdinalIgnoreCase)
            ? answer
            : null;

    private static byte[] Question(string name, DnsType type)
    {
        var buffer = new byte[512];
        var length = new DnsMessage
        {
            Header = new DnsHeader(0, 0) { RecursionDesired = true },
            Questions = [new DnsQuestionRecord(name, type)],
            Edns = new DnsEdns(UdpSize),
        }.Write(buffer);
        return length > 0 ? buffer[..length] : throw new DnsSourceException($"\"{name}\" is no name that DNS can be asked for.");
    }

    /// <summary>As long as the answer holds: of nothing, as long as the zone says (RFC 2308 5).</summary>
    private static uint Ttl(DnsMessage answer) =>
        answer.Answers.Count > 0 ? answer.Answers.Min(static record => record.Ttl)
        : answer.Authorities.OfType<SoaRecord>().FirstOrDefault() is { } zone ? Math.Min(zone.Ttl, zone.Minimum)
        : 0;
}
