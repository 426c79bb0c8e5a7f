using System.CommandLine;
using System.Globalization;
using Rollcall.Cli.Output;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall members</c>: the nodes that the agent knows.</summary>
internal static class MembersCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("members", "List the members of the cluster.") { json };
        var connection = new ConsulConnection(command, terminal, ofAgent: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = connection.Open(parsed);
            var members = (await client.Agent.MembersAsync(cancellationToken: cancellationToken)).Value;
            if (members.Count == 0)
            {
                await AccessHint.TellAsync(client, terminal, cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, members, ConsulJsonContext.Default.IReadOnlyListAgentMember);
                return ExitCode.Success;
            }

            var columns = new Columns("Node", "Address", "Status", "Type", "Build", "DC");
            foreach (var member in members.OrderBy(static member => member.Name, StringComparer.Ordinal))
            {
                columns.Add(
                    member.Name,
                    string.Create(CultureInfo.InvariantCulture, $"{member.Addr}:{member.Port}"),
                    StatusOf(member),
                    Tag(member, "role") == "consul" ? "server" : "client",
                    Tag(member, "build").Split(':')[0],
                    Tag(member, "dc"));
            }

            await columns.WriteAsync(terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }

    private static string Tag(AgentMember member, string name) => member.Tags.GetValueOrDefault(name, "");

    private static string StatusOf(AgentMember member) => member.Status switch
    {
        1 => "alive",
        2 => "leaving",
        3 => "left",
        4 => "failed",
        _ => "none",
    };
}
