using System.Text.RegularExpressions;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.ConfigEntries;

/// <summary>A field of a config entry.</summary>
/// <param name="Name">Its name in Consul's answers.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Always">Whether it is shown when it is empty.</param>
/// <param name="Fields">Those inside of it; empty where there are none.</param>
internal sealed partial record ConfigField(string Name, ConfigType Type, bool Always = false, params IReadOnlyList<ConfigField> Fields)
{
    private readonly string _underscored = Capital().Replace(Name, "_$0");

    /// <summary>Brings what was sent into the form that is kept.</summary>
    public Func<GoValue, GoValue>? Adjust { get; init; }

    /// <summary>Whether a name of whatever case is that of this field. Names of several words may be written with underscores.</summary>
    public bool Answers(string name) =>
        string.Equals(name, Name, StringComparison.OrdinalIgnoreCase) || string.Equals(name, _underscored, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("(?<=[a-z])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])")]
    private static partial Regex Capital();
}
