using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Sources;

namespace Rollcall.Cli.Commands;

/// <summary>Services as people name them: <c>demo</c>, <c>demo?tag=v1</c>, <c>consul://localhost:8500/demo</c>.</summary>
internal static class ServiceTarget
{
    private const string SchemeSeparator = "://";

    /// <summary>The target that a channel would take.</summary>
    public static string ToAddress(string text)
    {
        if (text.Contains(SchemeSeparator, StringComparison.Ordinal))
        {
            return text;
        }

        // What follows the name is for the target: demo?tag=v1.
        var query = text.IndexOf('?', StringComparison.Ordinal);
        var name = query < 0 ? text : text[..query];
        return $"{ConsulTarget.Scheme}:///{Uri.EscapeDataString(name)}{text[name.Length..]}";
    }

    /// <exception cref="CommandFailure">It can't be read.</exception>
    public static ConsulTarget Parse(string text) =>
        DnsTarget.TryParse(text, out _, out _) ? throw new CommandFailure(
            $"'{text}' is found by DNS, and this command reads Consul. Whether it can be called says: rollcall describe '{text}'", ExitCode.Usage)
        : ConsulTarget.TryParse(ToAddress(text), out var target, out var fault) ? target : throw new CommandFailure(fault, ExitCode.Usage);
}
