namespace Rollcall.Cli.Commands.Demo;

/// <summary>Who an instance of the demo is.</summary>
/// <param name="Id">Its id in the registry and in every answer.</param>
internal sealed record DemoInstanceIdentity(string Id);
