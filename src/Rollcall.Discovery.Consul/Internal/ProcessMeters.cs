using System.Diagnostics.Metrics;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Makes meters where there is no container to make them. They last as long as the process.</summary>
internal sealed class ProcessMeters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
        // Nothing is kept.
    }
}
