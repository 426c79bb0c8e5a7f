namespace Rollcall.Discovery.Sources.Internal;

/// <summary>What one of several sources has to say.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Update">The last list; null: there was none yet.</param>
/// <param name="Failure">Why it can't be read now; null: it can, or has not answered yet.</param>
internal sealed record SourceReport(string Source, EndpointUpdate? Update, Exception? Failure);
