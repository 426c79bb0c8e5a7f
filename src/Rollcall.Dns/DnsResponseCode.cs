namespace Rollcall.Dns;

/// <summary>How a question went, by IANA's numbers.</summary>
#pragma warning disable CA1028 // The wire has 4 bits.
public enum DnsResponseCode : byte
{
    /// <summary>The name exists; there may be no record of the kind that was asked for.</summary>
    NoError = 0,

    /// <summary>The server did not understand the message.</summary>
    FormatError = 1,

    /// <summary>The server failed.</summary>
    ServerFailure = 2,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NameError = 3,

    /// <summary>The server does not do that.</summary>
    NotImplemented = 4,

    /// <summary>The server does not want to.</summary>
    Refused = 5,
}
#pragma warning restore CA1028
