using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Configuration;

/// <summary>The ranges of ports for what Consul's mesh starts. Only sidecars get one here; ends that don't fit are refused for all, as by Consul.</summary>
internal sealed class PortRanges
{
    // Where a file names one end, the other is Consul's own.
    private readonly Dictionary<string, (int Min, int Max)> _ranges = new(StringComparer.Ordinal)
    {
        ["proxy"] = (20000, 20255), ["sidecar"] = (21000, 21255), ["expose"] = (21500, 21755),
    };

    /// <summary>For proxies that are registered with a service.</summary>
    public SidecarPorts Sidecar => new(_ranges["sidecar"].Min, _ranges["sidecar"].Max);

    public void Apply(ConfigObject ports)
    {
        foreach (var (name, (min, max)) in _ranges.ToList())
        {
            _ranges[name] = (ports.Port($"{name}_min_port") ?? min, ports.Port($"{name}_max_port") ?? max);
        }
    }

    /// <exception cref="ConsulAgentException">One ends before it begins.</exception>
    public void Validate()
    {
        foreach (var (name, (min, max)) in _ranges)
        {
            if (max < min)
            {
                throw new ConsulAgentException($"{name}_min_port must be less than {name}_max_port. To disable, set both to zero.");
            }
        }
    }
}
