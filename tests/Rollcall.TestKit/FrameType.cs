namespace Rollcall.TestKit;

/// <summary>Kinds of HTTP/2 frames (RFC 9113 6).</summary>
public enum FrameType
{
    /// <summary>DATA.</summary>
    Data = 0x0,

    /// <summary>HEADERS.</summary>
    Headers = 0x1,

    /// <summary>RST_STREAM.</summary>
    RstStream = 0x3,

    /// <summary>SETTINGS.</summary>
    Settings = 0x4,

    /// <summary>PING.</summary>
    Ping = 0x6,

    /// <summary>GOAWAY.</summary>
    GoAway = 0x7,

    /// <summary>WINDOW_UPDATE.</summary>
    WindowUpdate = 0x8,

    /// <summary>CONTINUATION.</summary>
    Continuation = 0x9,
}
