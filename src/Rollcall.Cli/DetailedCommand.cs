using System.CommandLine;

namespace Rollcall.Cli;

/// <summary>A command that has more to say than fits into the list of commands.</summary>
/// <param name="name">The command's name.</param>
/// <param name="description">One sentence, for the list.</param>
/// <param name="details">Printed at the end of the command's own help, as it is.</param>
internal sealed class DetailedCommand(string name, string description, string details) : Command(name, description)
{
    public string Details => details;
}
