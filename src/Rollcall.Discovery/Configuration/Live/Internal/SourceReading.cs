namespace Rollcall.Discovery.Configuration.Live.Internal;

/// <summary>What was read of one source. Immutable.</summary>
/// <param name="Origin">Where the source keeps it.</param>
internal sealed record SourceReading(string Origin)
{
    /// <summary>Whether it has answered at least once.</summary>
    public bool IsRead { get; init; }

    /// <summary>The last answer.</summary>
    public string? Text { get; init; }

    /// <summary>The last good config; null: there was none, or it was deleted since.</summary>
    public ServiceCallConfig? Config { get; init; }

    /// <summary>The last answer, if it was wrong.</summary>
    public ServiceConfigRefusal? Refused { get; init; }

    public SourceFailure? Failure { get; init; }

    /// <summary>Takes an answer.</summary>
    /// <param name="text">The config's JSON; null: there is none.</param>
    /// <param name="now">The time.</param>
    public SourceReading With(string? text, DateTimeOffset now)
    {
        if (IsRead && text == Text)
        {
            return Failure is null ? this : this with { Failure = null };
        }

        var next = this with { IsRead = true, Text = text, Failure = null, Refused = null };
        if (text is null)
        {
            return next with { Config = null };
        }

        return ServiceCallConfig.TryParse(text, out var config, out var faults)
            ? next with { Config = config }
            : next with { Refused = new ServiceConfigRefusal(Origin, ServiceConfigFault.Describe(faults), now) };
    }

    public SourceReading With(Exception? error, DateTimeOffset now) => this with
    {
        Failure = new SourceFailure(error?.Message ?? "it ended the watch", Failure?.Since ?? now, (Failure?.Attempts ?? 0) + 1, error),
    };
}
