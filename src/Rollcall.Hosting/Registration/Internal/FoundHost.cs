namespace Rollcall.Hosting.Registration;

/// <summary>A host to register, as one look at the network found it.</summary>
/// <param name="Host">An address, or what was configured.</param>
/// <param name="IsGuess">It is neither on the way to the agent nor, with the agent on this machine, of an interface with a default route.</param>
/// <param name="Away">Looks in a row at which this machine did not have it.</param>
/// <param name="Unlisted">Looks in a row at which this machine had it, for which its interfaces were not listed.</param>
internal sealed record FoundHost(string Host, bool IsGuess, int Away = 0, int Unlisted = 0);
