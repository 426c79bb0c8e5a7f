using System.Buffers;

namespace Rollcall.Agent.Dns;

/// <summary>Answers for which other servers have to be asked. Safe for use by many threads, each between <c>TryEnter</c> and <c>Leave</c>.</summary>
internal sealed class RecursiveAnswers(DnsResponder responder, DnsForwarder forwarder)
{
    // The state may change while others are asked, and then other hosts are named.
    private const int MostRounds = 3;

    /// <inheritdoc cref="DnsForwarder.TryEnter"/>
    public bool TryEnter() => forwarder.TryEnter();

    /// <inheritdoc cref="DnsForwarder.Leave"/>
    public void Leave() => forwarder.Leave();

    /// <param name="outcome">What became of the question: <see cref="DnsOutcome.Forward"/> or <see cref="DnsOutcome.FindHosts"/>.</param>
    /// <param name="question">The question.</param>
    /// <param name="tcp">It came by TCP.</param>
    /// <returns>The answer, with the client's id; null: no server has one.</returns>
    public Task<byte[]?> AskAsync(DnsOutcome outcome, byte[] question, bool tcp) =>
        outcome == DnsOutcome.Forward ? forwarder.AskAsync(question, tcp) : AnswerWithHostsAsync(question, tcp);

    private async Task<byte[]?> AnswerWithHostsAsync(byte[] question, bool tcp)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            var hosts = new ForeignHosts();
            var scratch = new DnsScratch(hosts);
            var seed = Random.Shared.Next();
            using var late = forwarder.StartHostsTimeout();
            for (var left = MostRounds; ; left--)
            {
                // The same draw each time, so that the hosts that were asked for are those that are answered.
                scratch.Random = new Random(seed);
                var outcome = responder.Answer(question, buffer.AsSpan(0, ushort.MaxValue), tcp, scratch, out var length);
                if (outcome != DnsOutcome.FindHosts || left == 0)
                {
                    return buffer[..length];
                }

                // One after the other, as Consul does: a question is never more than one to others at a time. Those that are left when its time is over stand alone.
                foreach (var host in hosts.Wanted)
                {
                    hosts.Add(host, late.IsCancellationRequested ? [] : await forwarder.FindHostAsync(host, late.Token).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
