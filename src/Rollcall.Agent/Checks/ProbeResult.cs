namespace Rollcall.Agent.Checks;

/// <summary>What one probe found: a word of CheckStatus and the text shown with it.</summary>
internal readonly record struct ProbeResult(string Status, string Output);
