namespace Rollcall.Hosting;

/// <summary>What one registration is to be, is, and why the two differ. Immutable; a new one replaces it at each change.</summary>
public sealed record RegistrationState
{
    /// <summary>The service's name.</summary>
    public required string ServiceName { get; init; }

    /// <summary>The instance's id; null until the server's address is known.</summary>
    public string? ServiceId { get; init; }

    /// <summary>What it's to be: registered while the host runs, absent from the beginning of its shutdown, and from the start if it is not enabled.</summary>
    public required RegistrationPresence Desired { get; init; }

    /// <summary>What it is, as far as the agent could be asked.</summary>
    public required RegistrationPresence Actual { get; init; }

    /// <summary>Why the last attempt to find out or to change it failed; null when it didn't.</summary>
    public string? LastError { get; init; }

    /// <summary>Since when desired, actual and whether there is an error, of the agent that gives no answer or of one that says no, are as they are.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Whether it is what it's to be, and the agent can be asked.</summary>
    public bool IsSettled => Desired == Actual && LastError is null;
}
