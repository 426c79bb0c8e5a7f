namespace Rollcall.Consul.Transport;

/// <summary>What the status 404 means for an operation.</summary>
internal enum NotFoundMeaning
{
    /// <summary>A fault.</summary>
    Error,

    /// <summary>What was asked for does not exist.</summary>
    Absent,

    /// <summary>The same, if the answer carries an index; else a fault.</summary>
    AbsentWithIndex,
}
