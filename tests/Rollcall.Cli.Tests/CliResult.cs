namespace Rollcall.Cli.Tests;

/// <summary>What a command that has ended left behind.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error, byte[] Bytes);
