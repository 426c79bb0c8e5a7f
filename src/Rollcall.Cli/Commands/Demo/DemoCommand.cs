using System.CommandLine;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Cli.Commands.Demo;

/// <summary><c>rollcall demo</c>: shows what the project is for, on one machine with nothing installed.</summary>
internal static class DemoCommand
{
    private const string Description = "Call a service by name while an instance of it is killed and replaced. Needs nothing installed.";

    private const string Details = """
        What happens:
          An agent is started, and instances of a gRPC service as processes of their
          own. 16 callers call SayHello of consul:///demo without a pause; each call
          takes the instance about 5 ms. Half-way, one instance gets SIGKILL, so it
          neither finishes its calls nor deregisters, and another one is started. A
          call that ends without an answer, although it was retried, has failed.
          The exit code is 0 only if none did.

        The line of --json (progress goes to standard error):
          calls        calls that ended, each counted once
          failed       calls that ended without an answer
          retried      attempts without an answer that were followed by another one
          instances    instances that run at a time
          killed       instances that were killed
          perInstance  calls answered by each one, killed and replacement included
          p50Ms p99Ms  from a call's start to its answer, retries included
          recoveredMs  from the kill to the first answer of the replacement

        A run goes on past its time, by 20 seconds at most, until the replacement has
        answered.

        """;

    public static Command Create(Terminal terminal)
    {
        var seconds = new Option<double>("--seconds")
        {
            HelpName = "N",
            Description = "How long to call, from 2 on.",
            DefaultValueFactory = static _ => 30,
            CustomParser = NumberParser.Any,
        };
        var instances = new Option<int>("--instances")
        {
            HelpName = "N",
            Description = "How many instances run at a time, from 2 to 50.",
            DefaultValueFactory = static _ => 3,
            CustomParser = NumberParser.Whole<int>,
        };
        var policy = new Option<string>("--policy")
        {
            HelpName = "NAME",
            Description = $"How calls are spread over the instances: {string.Join(", ", BalancingPolicies.Names)}.",
            DefaultValueFactory = static _ => "round_robin",
        };
        var consul = new Option<string?>("--consul") { HelpName = "URL", Description = "Use this Consul instead of an agent of the demo's own." };
        var httpPort = new Option<int>("--http-port")
        {
            HelpName = "PORT",
            Description = "The port for the demo's own agent; if it is taken, a free one. 0: any free one.",
            DefaultValueFactory = static _ => 8500,
            CustomParser = NumberParser.Whole<int>,
        };
        var json = new Option<bool>("--json") { Description = "End with one line of JSON." };
        var command = new DetailedCommand("demo", Description, Details) { seconds, instances, policy, consul, httpPort, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var policyName = parsed.GetRequiredValue(policy);
            if (!BalancingPolicies.Names.Contains(policyName))
            {
                throw new CommandFailure(
                    $"--policy '{policyName}' is unknown. Use one of: {string.Join(", ", BalancingPolicies.Names)}.", ExitCode.Usage);
            }

            var settings = new DemoSettings(
                TimeSpan.FromSeconds(InRange(seconds.Name, parsed.GetValue(seconds), 2, 86_400)),
                (int)InRange(instances.Name, parsed.GetValue(instances), 2, 50),
                policyName,
                parsed.GetValue(consul),
                (int)InRange(httpPort.Name, parsed.GetValue(httpPort), 0, 65_535),
                parsed.GetValue(json));
            return new DemoRun(settings, terminal).RunAsync(cancellationToken);
        });
        return command;
    }

    private static double InRange(string name, double value, double least, double most) => value >= least && value <= most
        ? value
        : throw new CommandFailure($"{name} must be from {least} to {most}.", ExitCode.Usage);
}
