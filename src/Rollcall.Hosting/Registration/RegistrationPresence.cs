namespace Rollcall.Hosting;

/// <summary>Whether an instance is registered.</summary>
public enum RegistrationPresence
{
    /// <summary>Not known: the agent hasn't been asked yet, or can't be.</summary>
    Unknown,

    /// <summary>Registered.</summary>
    Registered,

    /// <summary>Not registered.</summary>
    Absent,
}
