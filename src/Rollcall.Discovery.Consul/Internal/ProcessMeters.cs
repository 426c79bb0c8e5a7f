using System.Diagnostics.Metrics;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Makes meters where there is no container to make them; whoever asks for one disposes it.</summary>
internal sealed class ProcessMeters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
        // Nothing is kept.
    }
}
