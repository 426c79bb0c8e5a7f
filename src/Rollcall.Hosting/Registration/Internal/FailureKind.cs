namespace Rollcall.Hosting.Registration;

/// <summary>The ways in which looking after a registration fails.</summary>
internal enum FailureKind
{
    /// <summary>The agent gives no answer.</summary>
    Lost,

    /// <summary>It answers, and says no.</summary>
    Refused,

    /// <summary>Something answers that is no agent.</summary>
    Foreign,

    /// <summary>This machine has no address to register.</summary>
    NoAddress,

    /// <summary>Another registers under the same id.</summary>
    Contested,

    /// <summary>Anything else: a fault of our own.</summary>
    Broken,
}
