namespace Rollcall.Agent.Dns;

/// <summary>An instance's node as answers show it. Immutable.</summary>
/// <param name="Key">From 0, below the number of the service's instances.</param>
/// <param name="Name">Its name in the form of the wire.</param>
/// <param name="Texts">Its metadata.</param>
internal sealed record DnsNode(int Key, byte[] Name, byte[][] Texts);
