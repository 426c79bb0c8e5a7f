namespace Rollcall.Dns;

/// <summary>Classes of records, by IANA's numbers.</summary>
#pragma warning disable CA1028, CA1008 // The wire has 16 bits, and 0 is reserved.
public enum DnsClass : ushort
{
    /// <summary>The Internet.</summary>
    Internet = 1,

    /// <summary>Question only: whatever there is.</summary>
    Any = 255,
}
#pragma warning restore CA1028, CA1008
