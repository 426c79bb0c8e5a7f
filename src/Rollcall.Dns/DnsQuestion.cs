namespace Rollcall.Dns;

/// <summary>What is asked.</summary>
public readonly ref struct DnsQuestion
{
    /// <summary>Makes a question.</summary>
    public DnsQuestion(DnsName name, DnsType type, DnsClass @class = DnsClass.Internet)
    {
        Name = name;
        Type = type;
        Class = @class;
    }

    /// <summary>About which name; in the buffer that the reader was given.</summary>
    public DnsName Name { get; }

    /// <summary>Which kind of records.</summary>
    public DnsType Type { get; }

    /// <summary>Of which class.</summary>
    public DnsClass Class { get; }
}
