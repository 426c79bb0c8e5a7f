namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>How the first bytes of a connection compare with HTTP/2's.</summary>
internal enum PrefaceMatch
{
    /// <summary>Too few bytes to tell.</summary>
    Undecided,

    /// <summary>HTTP/2 begins.</summary>
    Http2,

    /// <summary>Something else begins.</summary>
    Other,
}
