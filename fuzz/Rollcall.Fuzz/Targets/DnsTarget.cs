using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Fuzz.Targets;

/// <summary>DNS messages, which come by UDP from anybody.</summary>
internal sealed class DnsTarget : IFuzzTarget
{
    private readonly byte[] _written = new byte[ushort.MaxValue];
    private readonly byte[] _again = new byte[ushort.MaxValue];

    public string Name => "dns";

    public IReadOnlyList<string> Tokens =>
        ["\0", "\u0003web\0", "\u00c0\u000c", "\u00c0\u0000", "\u00ff\u00ff", "\0\0!\0\u0001", "\0\0)\u0004\u00d0", "\0\u0010", "?", "\0\u0001\0\u0001", "\u0006consul"];

    public int Run(byte[] input)
    {
        var fault = DnsMessage.TryParse(input, out var message);
        BrokenInvariantException.Unless((fault == DnsFault.None) == (message is not null), "there is a message or a fault");
        Names(input);
        if (message is null)
        {
            return (int)fault;
        }

        var kinds = message.Answers.Concat(message.Authorities).Concat(message.Additionals).Aggregate(0, (all, record) => all | (1 << ((int)record.Type % 31)));
        BrokenInvariantException.Unless(
            message.Answers.Count == message.Header.Answers && message.Questions.Count == message.Header.Questions, "as many records as announced");

        // A text of no string at all is written as one empty string, so it is the second writing that stands.
        var length = message.Write(_written);
        if (length == 0)
        {
            // Names that pointed to each other are written out, and may be more than a message holds.
            BrokenInvariantException.Unless(input.Length > 1000, "a small message can be written");
            return kinds;
        }

        BrokenInvariantException.Unless(
            DnsMessage.TryParse(_written.AsSpan(0, length), out var read) == DnsFault.None && read is not null, "what is written can be read");
        var second = read.Write(_again);
        BrokenInvariantException.Unless(_written.AsSpan(0, length).SequenceEqual(_again.AsSpan(0, second)), "what is read is written as it was");
        BrokenInvariantException.Unless(message.Questions.SequenceEqual(read.Questions), "questions are kept");
        return kinds ^ (message.Edns is null ? 0 : 1 << 30);
    }

    // Every stretch of bytes that is taken as a name has a text, which is the name again.
    private static void Names(byte[] input)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        var taken = input.AsSpan(0, Math.Min(input.Length, DnsName.MaxLength));
        if (DnsName.TryCreate(taken, out var name))
        {
            BrokenInvariantException.Unless(
                DnsName.TryEncode(name.ToString(), wire, out var length) && wire[..length].SequenceEqual(taken), "a name's text is the name");
        }

        var text = System.Text.Encoding.UTF8.GetString(taken);
        if (DnsName.TryEncode(text, wire, out var written))
        {
            BrokenInvariantException.Unless(DnsName.TryCreate(wire[..written], out _), "what a text is written as is a name");
        }
    }
}
