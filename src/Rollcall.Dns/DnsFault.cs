namespace Rollcall.Dns;

/// <summary>Why bytes are no DNS message.</summary>
public enum DnsFault
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>The message ends within a field, or has fewer records than it announces.</summary>
    Cut,

    /// <summary>A compressed name points to itself or further on (RFC 1035 4.1.4 allows only what came before), so it might never end.</summary>
    Pointer,

    /// <summary>A label starts with bits that no standard gives a meaning.</summary>
    LabelType,

    /// <summary>A name has more than 255 bytes.</summary>
    NameTooLong,

    /// <summary>A record's data are shorter or longer than its type says.</summary>
    RecordData,

    /// <summary>More than one EDNS record, one outside the additional section, or one with a name.</summary>
    Edns,
}
