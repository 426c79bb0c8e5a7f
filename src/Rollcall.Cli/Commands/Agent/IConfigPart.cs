using System.Text.Json;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>An object of a configuration file: keeps what it does not know, so that the reader can refuse that by its name.</summary>
internal interface IConfigPart
{
    /// <summary>Fields that this version has no use for.</summary>
    Dictionary<string, JsonElement>? Unknown { get; }

    /// <summary>The objects in it, by the path from here.</summary>
    IEnumerable<(string Path, IConfigPart? Part)> Parts { get; }
}
