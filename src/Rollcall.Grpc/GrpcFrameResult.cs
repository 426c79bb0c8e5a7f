namespace Rollcall.Grpc;

/// <summary>What the next bytes of a stream turned out to be.</summary>
public enum GrpcFrameResult
{
    /// <summary>Not a whole frame yet; nothing was consumed.</summary>
    Incomplete,

    /// <summary>A whole frame, which was consumed.</summary>
    Frame,

    /// <summary>The prefix announces more than the limit; nothing was consumed. Answer with ResourceExhausted.</summary>
    TooLarge,

    /// <summary>The compressed flag is neither 0 nor 1; nothing was consumed. Answer with Internal.</summary>
    InvalidFlag,
}
