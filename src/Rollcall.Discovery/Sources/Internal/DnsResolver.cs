using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>Asks DNS servers, in their order, by UDP and, where that is not enough, by TCP, and keeps what it found. For one watch, which asks one question at a time.</summary>
/// <param name="servers">Whom it asks.</param>
/// <param name="timeout">How long each of them has for an answer.</param>
/// <param name="time">The clock.</param>
/// <param name="before">The one whose place it takes, for what that one found; null: none.</param>
internal sealed class DnsResolver(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout, TimeProvider time, DnsResolver? before)
{
    // What passes everywhere without being cut into pieces (DNS flag day 2020).
    private const ushort UdpSize = 1232;

    // A list that asks for more further questions than this is a mistake or an attack.
    private const int MaxTargets = 256;
    private const int TargetsAtATime = 16;

    // What the last look-up of each name gave. Replaced as a whole by the one look-up at a time.
    private IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> _last = before?._last ?? new Dictionary<string, IReadOnlyList<IPAddress>>();

    /// <summary>
    /// The SRV records of the lowest priority with the addresses of their targets. A target that can't be looked up keeps the addresses that it had, and is left
    /// out if it had none.
    /// </summary>
    /// <exception cref="DnsSourceException">No server answered, or nothing was found and something could not be asked for.</exception>
    public async Task<DnsLookup<(SrvRecord Record, IReadOnlyList<IPAddress> Addresses)>> ServersAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(name, DnsType.Srv, cancellationToken).ConfigureAwait(false);
        var ttl = Ttl(answer);

        // A target that is the root says that there is no such service.
        var records = answer.Answers.OfType<SrvRecord>().Where(static record => record.Target != "." && record.Port > 0).ToList();
        var first = records.Count == 0 ? (ushort)0 : records.Min(static record => record.Priority);
        records.RemoveAll(record => record.Priority != first);
        var given = answer.Additionals.OfType<AddressRecord>().ToLookup(static record => record.Name, StringComparer.OrdinalIgnoreCase);
        var targets = records.Select(static record => record.Target).Distinct(StringComparer.OrdinalIgnoreCase).ToLookup(given.Contains);
        var known = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        foreach (var target in targets[true])
        {
            known[target] = [.. given[target].Select(static record => record.Address)];
            ttl = Math.Min(ttl, given[target].Min(static record => record.Ttl));
        }

        string[] asked = [.. targets[false].Take(MaxTargets)];
        var lookups = await LookUpAsync(asked, cancellationToken).ConfigureAwait(false);
        if (known.Count == 0 && lookups.All(static of => of.Lookup is null or { Found: [] }))
        {
            lookups.Select(static of => of.Failure).FirstOrDefault(static failure => failure is not null)?.Throw();
        }

        List<string> doubts = [];
        foreach (var (target, (lookup, failure)) in asked.Zip(lookups))
        {
            known[target] = lookup?.Found ?? _last.GetValueOrDefault(target, []);
            ttl = Math.Min(ttl, lookup?.Ttl ?? 0);
            if (failure is not null)
            {
                doubts.Add($"{target.TrimEnd('.')} {(known[target].Count > 0 ? "keeps its last addresses" : "is left out")}: {failure.SourceException.Message}");
            }
            else if (lookup!.Doubt is { } doubt)
            {
                doubts.Add(doubt);
            }
        }

        _last = known;
        return new(
            [.. records.Where(record => known.ContainsKey(record.Target)).Select(record => (record, known[record.Target]))],
            ttl,
            Several(doubts),
            Several([.. lookups.Select(static of => of.Lookup?.Note).OfType<string>()]));
    }

    /// <summary>The addresses of a name, of both families. One family that can't be asked for keeps the addresses that it had.</summary>
    /// <exception cref="DnsSourceException">No server answered, for both families or for one of them, and the other one is empty.</exception>
    public async Task<DnsLookup<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        var lookup = await LookUpAsync(name, cancellationToken).ConfigureAwait(false);
        _last = new Dictionary<string, IReadOnlyList<IPAddress>> { [name] = lookup.Found };
        return lookup;
    }

    /// <summary>Several at a time: those whose servers are silent must not add up.</summary>
    private async Task<(DnsLookup<IPAddress>? Lookup, ExceptionDispatchInfo? Failure)[]> LookUpAsync(string[] names, CancellationToken cancellationToken)
    {
        var lookups = new (DnsLookup<IPAddress>?, ExceptionDispatchInfo?)[names.Length];
        var several = new ParallelOptions { MaxDegreeOfParallelism = TargetsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, names.Length, several, async (i, token) =>
        {
            try
            {
                lookups[i] = (await LookUpAsync(names[i], token).ConfigureAwait(false), null);
            }
            catch (DnsSourceException failure)
            {
                lookups[i] = (null, ExceptionDispatchInfo.Capture(failure));
            }
        }).ConfigureAwait(false);
        return lookups;
    }

    private async Task<DnsLookup<IPAddress>> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        var families = await Task.WhenAll(TryAskAsync(name, DnsType.A, cancellationToken), TryAskAsync(name, DnsType.Aaaa, cancellationToken)).ConfigureAwait(false);
        DnsMessage[] answers = [.. families.Select(static family => family.Answer).OfType<DnsMessage>()];

        // Records of other names are there because an alias led to them.
        List<IPAddress> addresses = [.. answers.SelectMany(static answer => answer.Answers).OfType<AddressRecord>().Select(static record => record.Address)];
        var failure = families[0].Failure ?? families[1].Failure;
        if (failure is not null && addresses.Count == 0)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // One family without an address says nothing about how long the other holds.
        var ttl = answers.Where(static answer => answer.Answers.Count > 0).DefaultIfEmpty(answers[0]).Min(Ttl);
        if (failure is null)
        {
            return new(addresses, ttl);
        }

        var (missing, kind) = families[0].Failure is null ? (AddressFamily.InterNetworkV6, "IPv6") : (AddressFamily.InterNetwork, "IPv4");
        var kept = _last.GetValueOrDefault(name, []).Where(address => address.AddressFamily == missing).ToList();
        return kept.Count > 0
            ? new([.. addresses, .. kept], 0, Doubt: $"{name.TrimEnd('.')} keeps its last {kind} addresses: {failure.Message}")
            : new(addresses, ttl, Note: $"{name.TrimEnd('.')} is without {kind} addresses: {failure.Message}");
    }

    private async Task<(DnsMessage? Answer, DnsSourceException? Failure)> TryAskAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        try
        {
            return (await AskAsync(name, type, cancellationToken).ConfigureAwait(false), null);
        }
        catch (DnsSourceException failure)
        {
            return (null, failure);
        }
    }

    private static string? Several(List<string> texts) => texts.Count switch
    {
        0 => null,
        1 => texts[0],
        var all => $"{texts[0]}; and {all - 1} more like that",
    };

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

        throw new DnsSourceException($"No DNS server answers for {type.ToString().ToUpperInvariant()} of {name.TrimEnd('.')}: {string.Join("; ", failures)}", last);
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
