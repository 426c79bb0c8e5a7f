namespace Grpc.Core;

/// <summary>How one message is written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>More messages follow soon: it may wait in a buffer.</summary>
    BufferHint = 1,

    /// <summary>Send this message uncompressed although the call compresses.</summary>
    NoCompress = 2,
}
