namespace Rollcall.TestKit;

/// <summary>What a <see cref="LoopbackPeer"/> was asked.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Target">Path and query as they came over the wire.</param>
/// <param name="Headers">By name, whatever the case.</param>
/// <param name="Body">As text.</param>
public sealed record PeerRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
