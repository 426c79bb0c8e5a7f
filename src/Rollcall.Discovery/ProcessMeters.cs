using System.Diagnostics.Metrics;

namespace Rollcall.Discovery;

/// <summary>Makes meters where there is no container to make them: they belong to the process, and last as long as it does. Thread-safe.</summary>
public sealed class ProcessMeters : IMeterFactory
{
    private ProcessMeters()
    {
    }

    /// <summary>The only one, so that the directories that have it share the instruments.</summary>
    public static ProcessMeters Instance { get; } = new();

    /// <inheritdoc/>
    public Meter Create(MeterOptions options) => new(options);

    /// <summary>Does nothing: what it made goes on.</summary>
    public void Dispose()
    {
        // Nothing is kept.
    }
}
