namespace Rollcall.Cli.Commands.Demo;

/// <summary>What the command line asks of a run.</summary>
/// <param name="Duration">How long calls are made.</param>
/// <param name="Instances">How many instances run at a time.</param>
/// <param name="Policy">The balancing policy's name.</param>
/// <param name="Consul">An agent to use; null starts one in this process.</param>
/// <param name="HttpPort">The port that the started agent should have; another one if it is taken.</param>
/// <param name="Json">The last line of standard output is a JSON object, and nothing else goes there.</param>
internal sealed record DemoSettings(TimeSpan Duration, int Instances, string Policy, string? Consul, int HttpPort, bool Json);
