namespace Rollcall.Discovery.Configuration.Live;

/// <summary>What is known of the config of a service at one moment. Immutable.</summary>
/// <param name="Query">Whose.</param>
public sealed record ServiceConfigState(ServiceConfigQuery Query)
{
    /// <summary>The config in force: of the first source that has one. Null: none has, and callers go by their own options.</summary>
    public ServiceCallConfig? Config { get; init; }

    /// <summary>Where <see cref="Config"/> comes from.</summary>
    public string? Origin { get; init; }

    /// <summary>A config that was refused, of the first source with one; the last good one of the same source stays in force. Null: none.</summary>
    public ServiceConfigRefusal? Refused { get; init; }

    /// <summary>Why a source can't be read at the moment, the first of them; what was read of it before stays in force. Null: all can.</summary>
    public SourceFailure? Failure { get; init; }

    /// <summary>Whether every source has answered at least once.</summary>
    public bool IsRead { get; init; }

    /// <summary>Whether every source has answered, or could not be read, at least once.</summary>
    internal bool IsSettled { get; init; }
}
