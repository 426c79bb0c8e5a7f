using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Rollcall.Cli.Commands.Explain.Callers;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Explain;

/// <summary><c>rollcall explain NAME</c>: why a name resolves to what it does.</summary>
internal static class ExplainCommand
{
    private const string Details = """
        Examples:
          rollcall explain demo
          rollcall explain 'demo?tag=v1' --json
          rollcall explain 'consul://localhost:8500/demo?passing=false'
          rollcall explain demo --caller http://127.0.0.1:5000

        --caller asks a running application that has app.MapRollcallDiagnostics() what it
        makes of the service: whom it ejected until when, how old its list is.

        Exit codes: 0 calls go to every instance that they are meant to go to; 3 calls
        go on, but something is wrong; 1 calls have nowhere to go, or the registry
        could not be asked; 2 the command line is wrong.

        """;

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The service, with what a channel would be told of it: demo, demo?tag=v1, consul://host:8500/demo?dc=east." };
        var noConnect = new Option<bool>("--no-connect") { Description = "Don't try whether the instances accept connections." };
        var callerAt = new Option<string?>("--caller")
        {
            HelpName = "URL",
            Description = $"An application that calls the service: what it makes of it is shown, too. Without a path: {RollcallEndpointRouteBuilderExtensions.DiagnosticsPattern}.",
        };
        var json = CommonOptions.Json();
        var command = new DetailedCommand("explain", "Say why a name resolves to what it does, and what to do about it.", Details) { name, callerAt, noConnect, json };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var target = ServiceTarget.Parse(parsed.GetRequiredValue(name));
            var options = target.ToClientOptions(connection.ReadOptions(parsed));
            var callerAddress = parsed.GetValue(callerAt) is { } url ? CallerReader.ParseAddress(url) : null;
            using var client = ConsulConnection.CreateClient(options, terminal.Time);
            var view = await new RegistryReader(client, terminal.Time).ReadAsync(target.Query, options.Token is not null, cancellationToken);
            var instances = view.Registered.Select(RegisteredInstance.Of).OrderBy(static i => i.Id, StringComparer.Ordinal).ToList();
            var connections = parsed.GetValue(noConnect)
                ? new Dictionary<(string, int), string?>()
                : await Connection.TryAllAsync(instances.Where(static i => i.HasAddress).Select(static i => (i.Host, i.Port)), terminal.Time, cancellationToken);
            var explainer = new InstanceExplainer(view, connections);
            List<InstanceExplanation> explained = [.. instances.Select(explainer.Explain)];
            CallerExplanation? ofCaller = null;
            if (callerAddress is not null)
            {
                var caller = new CallerExplainer(await CallerReader.ReadAsync(callerAddress, target.Query.Name, terminal.Time, cancellationToken), view);
                ofCaller = caller.Explain(explained);
                explained = [.. explained.Select(caller.Add)];
            }

            var explanation = ServiceExplainer.Explain(target.ToString(), view, explained, ofCaller);
            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, explanation, CliJsonContext.Default.Explanation);
            }
            else
            {
                await ExplanationText.WriteAsync(terminal.Output, explanation);
            }

            return explanation.ExitCode;
        });
        return command;
    }
}
