namespace Rollcall.Dns;

/// <summary>Whose record is written: a name, and where it stands in the message already, if that is known.</summary>
public readonly ref struct DnsOwner
{
    private DnsOwner(DnsName name, int offset)
    {
        Name = name;
        Offset = offset;
    }

    /// <summary>The name.</summary>
    public DnsName Name { get; }

    /// <summary>Where it stands in the message; 0: the writer searches.</summary>
    public int Offset { get; }

    /// <summary>A name that stands in the message; saves the search.</summary>
    /// <param name="name">The name.</param>
    /// <param name="offset">Where it starts.</param>
    public static DnsOwner At(DnsName name, int offset) => new(name, offset);

    /// <summary>A name that the writer searches for.</summary>
    public static DnsOwner FromDnsName(DnsName name) => new(name, 0);

    /// <summary>A name that the writer searches for.</summary>
    public static implicit operator DnsOwner(DnsName name) => FromDnsName(name);
}
