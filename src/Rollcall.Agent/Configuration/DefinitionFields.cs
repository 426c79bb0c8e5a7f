using System.Collections.Immutable;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Configuration;

/// <summary>Services, checks and config entries of several sources of configuration. They add up. A fault is told with its source; in an entry, as in Consul, with its
/// number among all of them.</summary>
internal sealed class DefinitionFields
{
    private readonly List<Source> _sources = [];
    private readonly List<GoValue> _entries = [];

    public void Apply(ConfigObject file)
    {
        List<(string, GoValue)> services = [.. file.Objects("services")];
        List<(string, GoValue)> checks = [.. file.Objects("checks")];
        if (file.Map("service") is { } service)
        {
            services.Add((file.PathOf("service"), service));
        }

        if (file.Map("check") is { } check)
        {
            checks.Add((file.PathOf("check"), check));
        }

        _sources.Add(new Source(file.Faults, services, checks));
        _entries.AddRange(file.Object("config_entries").Objects("bootstrap").Select(static item => item.Value));
    }

    /// <param name="scripts">Whether checks may run programs.</param>
    /// <exception cref="ConsulAgentException">One of them makes no sense.</exception>
    public AgentDefinitions Read(bool scripts)
    {
        var all = AgentDefinitions.None;
        List<(ConfigFaults Faults, ImmutableArray<LocalCheck> Checks)> read = [];
        foreach (var source in _sources)
        {
            var faults = source.Faults.Anew();
            var checks = ReadEach(source.Checks, (path, value) => DefinitionReader.ReadCheck(value, path, faults, scripts));
            all = new AgentDefinitions(
                all.Services.AddRange(ReadEach(source.Services, (path, value) => DefinitionReader.ReadService(value, path, faults, scripts))),
                all.Checks.AddRange(checks),
                []);
            faults.ThrowIfAny();
            read.Add((faults, checks));
        }

        // The service may be in another source.
        var ids = all.Services.Select(static service => service.Service.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var (faults, checks) in read)
        {
            foreach (var check in checks.Where(check => check.Check.ServiceId.Length > 0 && !ids.Contains(check.Check.ServiceId)))
            {
                faults.Value($"check '{check.Check.CheckId}'", $"ServiceID \"{check.Check.ServiceId}\" does not exist: define the service in a file, too");
            }

            faults.ThrowIfAny();
        }

        return all with { ConfigEntries = [.. _entries.Select(ReadEntry)] };
    }

    private static ImmutableArray<T> ReadEach<T>(List<(string Path, GoValue Value)> items, Func<string, GoValue, T?> read)
        where T : class => [.. items.Select(item => read(item.Path, item.Value)).OfType<T>()];

    private static ConfigEntry ReadEntry(GoValue value, int i)
    {
        var entry = ConfigReader.Read(value, out var unread);
        var fault = entry is null ? unread : ConfigRules.Fault(entry);
        return fault is null ? entry! : throw new ConsulAgentException($"config_entries.bootstrap[{i}]: {fault}");
    }

    private sealed record Source(ConfigFaults Faults, List<(string Path, GoValue Value)> Services, List<(string Path, GoValue Value)> Checks);
}
