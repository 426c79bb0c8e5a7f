namespace Rollcall.Dns;

/// <summary>A point in a message that is being written.</summary>
/// <seealso cref="DnsMessageWriter.Mark"/>
public readonly struct DnsWriterMark
{
    internal DnsWriterMark(int length, int saved, int names, int questions, int answers, int authorities, int additionals)
    {
        Length = length;
        Saved = saved;
        Names = names;
        Questions = questions;
        Answers = answers;
        Authorities = authorities;
        Additionals = additionals;
    }

    internal int Length { get; }

    internal int Saved { get; }

    internal int Names { get; }

    internal int Questions { get; }

    internal int Answers { get; }

    internal int Authorities { get; }

    internal int Additionals { get; }
}
