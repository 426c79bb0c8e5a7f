using System.Text;
using Rollcall.Agent.Configuration;
using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Agent;

/// <summary>
/// What Consul's configuration files say: JSON or HCL, one over the other in the order in which they are added. Single values of a later one win, lists of
/// services and checks add up. A field that Consul does not know is refused by its name; one that a single node has no use for is taken. Not thread safe.
/// </summary>
public sealed class AgentConfiguration
{
    private readonly AgentSettings _settings = new();

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c> or <c>err</c>; null if nobody said. What logs is up to the caller.</summary>
    public string? LogLevel => _settings.LogLevel;

    /// <summary>Where the number of the process is to be written; null for nowhere. Up to the caller.</summary>
    public string? PidFile => _settings.PidFile;

    /// <summary>Whether SIGTERM makes the agent leave; null if nobody said. For a single node there is nobody to tell, so it is about the exit code: up to the caller.</summary>
    public bool? LeaveOnTerminate => _settings.LeaveOnTerminate;

    /// <summary>Whether SIGINT does not make the agent leave; null if nobody said. Up to the caller, too.</summary>
    public bool? SkipLeaveOnInterrupt => _settings.SkipLeaveOnInterrupt;

    /// <summary>What was asked for that a single node cannot do, and need not.</summary>
    public IReadOnlyList<string> Warnings => _settings.Warnings;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is. What ends in <c>.json</c> is JSON, what ends in <c>.hcl</c> is HCL or JSON; of any other its first character decides.</param>
    /// <param name="format"><c>json</c> or <c>hcl</c>, whatever the name ends in; null: by the name.</param>
    /// <exception cref="ConsulAgentException">It can't be read, or something in it is wrong.</exception>
    public void AddFile(string path, string? format = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConsulAgentException($"Configuration file {path} (-config-file, -config-dir) cannot be read: {failure.Message}", failure);
        }

        AddText(path, Encoding.UTF8.GetString(bytes), format ?? Path.GetExtension(path).TrimStart('.').ToLowerInvariant());
    }

    /// <summary>Reads the files of a directory that end in <c>.json</c> or <c>.hcl</c>, in the order of their names; not those below it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="format">As with <see cref="AddFile"/>; with a format every file is read.</param>
    /// <exception cref="ConsulAgentException">It can't be read, or something in it is wrong.</exception>
    public void AddDirectory(string path, string? format = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] files;
        try
        {
            files = Directory.GetFiles(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConsulAgentException($"Configuration directory {path} (-config-dir) cannot be read: {failure.Message}", failure);
        }

        foreach (var file in files.Order(StringComparer.Ordinal).Where(file => format is not null || Path.GetExtension(file) is ".json" or ".hcl"))
        {
            AddFile(file, format);
        }
    }

    /// <summary>Reads text as if it were a file.</summary>
    /// <param name="name">What it is called in errors.</param>
    /// <param name="text">JSON or HCL; empty text says nothing.</param>
    /// <param name="format"><c>json</c> or <c>hcl</c>, which JSON is taken for, too; any other: by its first character, which in JSON is a brace.</param>
    /// <exception cref="ConsulAgentException">Something in it is wrong.</exception>
    public void AddText(string name, string text, string? format = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            return;
        }

        // In Consul an object of JSON is HCL, too.
        var isObject = text.TrimStart().StartsWith('{');
        var isHcl = format switch { "json" => false, "hcl" => true, _ => !isObject };
        string error;
        var value = isHcl && !isObject ? HclReader.Read(text, out error) : GoJsonParser.Parse(Encoding.UTF8.GetBytes(text), out error, alone: true);
        if (value is not { Kind: GoKind.Object })
        {
            error = value is null ? error : "a configuration file holds one object";
            throw new ConsulAgentException($"failed to parse {name}: {error}");
        }

        var faults = new ConfigFaults(name, isHcl);
        _settings.Apply(new ConfigObject(value, "", faults));
        faults.ThrowIfAny();
    }

    /// <summary>Options for an agent that is to be as the files say.</summary>
    /// <exception cref="ConsulAgentException">A service, a check or a range of ports makes no sense.</exception>
    public ConsulAgentOptions ToOptions()
    {
        var options = _settings.ToOptions();
        options.Source = this;
        return options;
    }
}
