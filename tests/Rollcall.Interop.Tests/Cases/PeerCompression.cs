namespace Rollcall.Interop.Tests;

/// <summary>What a server can do about the compression of single messages.</summary>
[Flags]
internal enum PeerCompression
{
    /// <summary>It reads compressed messages, and sends none.</summary>
    None = 0,

    /// <summary>It sees whether a request came compressed, and refuses one that is not as it says.</summary>
    ChecksRequests = 1,

    /// <summary>It compresses exactly the responses that it is asked to compress.</summary>
    CompressesAsAsked = 2,

    /// <summary>The first two.</summary>
    Full = ChecksRequests | CompressesAsAsked,

    /// <summary>It compresses every response that is large enough, whatever it is asked.</summary>
    CompressesEverything = 4,
}
