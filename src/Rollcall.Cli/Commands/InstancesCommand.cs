using System.CommandLine;
using Rollcall.Cli.Output;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall instances NAME</c>: who offers a service, and how each one is.</summary>
internal static class InstancesCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("instances", "List the instances of a service and their health.");
        var instances = new InstanceOptions(command, "The service.");
        var json = CommonOptions.Json();
        command.Options.Add(json);
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (service, query) = instances.Read(parsed);
            using var client = connection.Open(parsed);
            var entries = (await client.Health.ServiceAsync(service, query, cancellationToken)).Value;
            if (entries.Count == 0)
            {
                await AccessHint.TellAsync(client, terminal, cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, entries, ConsulJsonContext.Default.IReadOnlyListHealthServiceEntry);
                return ExitCode.Success;
            }

            if (entries.Count == 0)
            {
                throw new CommandFailure(
                    $"No instance of '{service}' {(query.PassingOnly || query.Tags.Count > 0 ? "satisfies the conditions" : "is registered")}. "
                    + "See 'rollcall services' for the names.");
            }

            var columns = new Columns("ID", "Address", "Node", "Status", "Tags", "Why");
            var outputs = await CheckOutputs.ReadAsync(client, entries, cancellationToken);
            foreach (var view in entries.Select(entry => InstanceView.Of(entry, outputs)).OrderBy(static view => view.Id, StringComparer.Ordinal))
            {
                columns.Add(view.Id, view.Address, view.Node, view.Status, view.Tags, view.Why);
            }

            await columns.WriteAsync(terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }
}
