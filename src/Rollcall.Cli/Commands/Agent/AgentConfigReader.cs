using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>Reads an agent's configuration file and refuses what it does not know, by name: a setting that does nothing is worse than none.</summary>
internal static class AgentConfigReader
{
    public static AgentConfigFile Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"--config-file {path} cannot be read: {failure.Message}", ExitCode.Failure, failure);
        }

        AgentConfigFile file;
        try
        {
            file = JsonSerializer.Deserialize(bytes, AgentConfigJsonContext.Default.AgentConfigFile)
                ?? throw new CommandFailure($"{path}: the file must hold a JSON object.");
        }
        catch (JsonException failure)
        {
            var line = (failure.LineNumber + 1)?.ToString(CultureInfo.InvariantCulture) ?? "?";
            var where = failure.Path is { Length: > 2 } field ? $"the value of '{field[2..]}' has the wrong type or form" : "this is not a JSON object";
            throw new CommandFailure($"{path}, line {line}: {where}.", ExitCode.Failure, failure);
        }

        Refuse(path, "", file);
        foreach (var (service, i) in file.AllServices.Select(static (service, i) => (service, i)))
        {
            if (string.IsNullOrEmpty(service.Name))
            {
                throw new CommandFailure($"{path}: service {i + 1} has no name: add \"name\".");
            }
        }

        return file;
    }

    private static void Refuse(string path, string prefix, IConfigPart part)
    {
        if (part.Unknown is { Count: > 0 } unknown)
        {
            var type = AgentConfigJsonContext.Default.GetTypeInfo(part.GetType())!;
            var known = type.Properties.Where(static property => !property.IsExtensionData && property.Set is not null).Select(static property => property.Name);
            throw new CommandFailure(
                $"{path}: unknown field '{prefix}{unknown.Keys.First()}'. Known {(prefix.Length == 0 ? "fields" : $"in '{prefix.TrimEnd('.')}'")}: "
                + $"{string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        foreach (var (name, child) in part.Parts)
        {
            if (child is not null)
            {
                Refuse(path, $"{prefix}{name}.", child);
            }
            else if (name.EndsWith(']'))
            {
                throw new CommandFailure($"{path}: '{prefix}{name}' is null: remove it.");
            }
        }
    }
}
