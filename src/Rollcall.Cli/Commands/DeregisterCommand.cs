using System.CommandLine;
using System.Net;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

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
                if (await FindNodeAsync(client, serviceId, cancellationToken) is { } node)
                {
                    await client.Catalog.DeregisterAsync(new CatalogDeregistration { Node = node, ServiceId = serviceId }, cancellationToken);
                    await terminal.Output.WriteLineAsync($"Deregistered service: {serviceId} (it was left over in the catalog: the agent of its node, {node}, did not have it any more)");
                    return ExitCode.Success;
                }

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

    /// <summary>
    /// The agent's own node, if the catalog has the instance there. An agent that the access rules keep from telling its servers that an instance is gone leaves it in the catalog,
    /// and nobody but the catalog can be asked to remove it.
    /// </summary>
    private static async Task<string?> FindNodeAsync(ConsulClient client, string serviceId, CancellationToken cancellationToken)
    {
        string node;
        try
        {
            node = (await client.Agent.SelfAsync(cancellationToken)).Value.Config.NodeName;
        }
        catch (ConsulException e) when (e.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }

        return node.Length > 0 && (await client.Catalog.NodeAsync(node, null, cancellationToken)).Value?.Services?.ContainsKey(serviceId) is true ? node : null;
    }
}
