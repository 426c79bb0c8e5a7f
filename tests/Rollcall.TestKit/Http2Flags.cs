namespace Rollcall.TestKit;

/// <summary>Flags of HTTP/2 frames; the same bit is END_STREAM on some and ACK on others.</summary>
[Flags]
public enum Http2Flags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>END_STREAM, on DATA and HEADERS.</summary>
    EndStream = 0x1,

    /// <summary>ACK, on SETTINGS and PING.</summary>
    Ack = EndStream,

    /// <summary>END_HEADERS, on HEADERS and CONTINUATION.</summary>
    EndHeaders = 0x4,
}
