using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs a program in PATH and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresCommandFactAttribute : FactAttribute
{
    /// <summary>Looks for <paramref name="command"/>.</summary>
    public RequiresCommandFactAttribute(string command)
    {
        Command = command;
        Skip = Tool.Find(command) is null ? $"needs the program '{command}' in PATH" : null;
    }

    /// <summary>The program's name.</summary>
    public string Command { get; }
}
