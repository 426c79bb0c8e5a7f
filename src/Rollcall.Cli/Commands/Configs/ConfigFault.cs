using System.Globalization;
using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>Something that is wrong with a service config, and where.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Path">The field: <c>methodConfig[0].timeout</c>; empty: the whole.</param>
/// <param name="Problem">What, to be read after the path, and what to do about it.</param>
internal sealed record ConfigFault(
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("column")] int Column,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("problem")] string Problem)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Line}, column {Column}: {(Path.Length == 0 ? "it" : Path)} {Problem}");
}
