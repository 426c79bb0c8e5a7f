namespace Rollcall.Discovery.Sources.Internal;

/// <summary>What one of several sources has to say.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Update">The last list; null: there was none yet.</param>
/// <param name="Failure">Why it can't be read now; null: it can, or has not answered yet.</param>
/// <param name="Suspicion">See <see cref="EndpointUpdate.Suspicion"/>. Told once.</param>
internal sealed record SourceReport(string Source, EndpointUpdate? Update, Exception? Failure, string? Suspicion)
{
    /// <summary>The source answers.</summary>
    public SourceReport With(EndpointUpdate update)
    {
        var suspicion = update.Suspicion;
        if (update.Index < Update?.Index)
        {
            suspicion ??= $"the index of {Source} went backwards from {Update.Index} to {update.Index}";
        }
        else if (Failure is not null)
        {
            suspicion ??= $"{Source} had just come back from an outage";
        }

        // One that nobody has read yet is not forgotten.
        return this with { Update = update, Failure = null, Suspicion = suspicion ?? Suspicion };
    }
}
