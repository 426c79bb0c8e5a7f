using System.CommandLine;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall deregister ID</c>: removes an instance from the agent.</summary>
internal static class DeregisterCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "The instance's id, as 'rollcall instances' shows it." };
        var command = new Command("deregister", "Remove an instance from the agent that it is registered with.") { id };
        var connection = new ConsulConnection(command, terminal, ofAgent: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = connection.Open(parsed);
            var serviceId = parsed.GetRequiredValue(id);
            if (serviceId.Length == 0)
            {
                throw new CommandFailure("ID must not be empty.", ExitCode.Usage);
            }

            // Consul takes an unknown id for done; a person who mistyped it wants to know.
            if (!(await client.Agent.ServiceAsync(serviceId, cancellationToken)).Found)
            {
                throw new CommandFailure(
                    $"The agent at {client.Address} has no service with the id '{serviceId}'. An instance is removed at the agent of its own node; "
                    + "'rollcall instances NAME' shows ids and nodes.");
            }

            await client.Agent.DeregisterAsync(serviceId, cancellationToken);
            await terminal.Output.WriteLineAsync($"Deregistered service: {serviceId}");
            return ExitCode.Success;
        });
        return command;
    }
}
