namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>What is wrong with a store that histories are made up of, to see that the checker finds it.</summary>
public enum StoreBug
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A read sees what was before the last write.</summary>
    StaleRead,

    /// <summary>A write is acknowledged and forgotten now and then.</summary>
    LostWrite,

    /// <summary>A conditional write looks when it begins, and writes later.</summary>
    ConditionLookedAtEarly,

    /// <summary>A write is acknowledged first and done after.</summary>
    AcknowledgedEarly,

    /// <summary>A lock is given though another session holds it.</summary>
    TwoHolders,

    /// <summary>The end of a session frees nothing.</summary>
    LockOutlivesSession,

    /// <summary>A refused conditional write writes all the same.</summary>
    RefusedButWritten,
}
