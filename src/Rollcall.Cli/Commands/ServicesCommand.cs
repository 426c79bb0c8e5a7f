using System.CommandLine;
using Rollcall.Cli.Output;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall services</c>: the names in the catalog.</summary>
internal static class ServicesCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("services", "List the services by name, with all tags that any instance has.") { json };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = connection.Open(parsed);
            var services = (await client.Catalog.ServicesAsync(cancellationToken: cancellationToken)).Value;
            if (services.Count == 0)
            {
                await AccessHint.TellAsync(client, terminal, cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(
                    terminal.Output, services, ConsulJsonContext.Default.IReadOnlyDictionaryStringIReadOnlyListString);
                return ExitCode.Success;
            }

            var columns = new Columns("Service", "Tags");
            foreach (var (name, tags) in services.OrderBy(static service => service.Key, StringComparer.Ordinal))
            {
                columns.Add(name, string.Join(',', tags));
            }

            await columns.WriteAsync(terminal.Output);
            return ExitCode.Success;
        });
        return command;
    }
}
