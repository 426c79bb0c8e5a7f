namespace Rollcall.TestKit;

/// <summary>What a program that has ended left behind.</summary>
/// <param name="ExitCode">0 by convention for success.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProcessOutput(int ExitCode, string Output, string Error);
