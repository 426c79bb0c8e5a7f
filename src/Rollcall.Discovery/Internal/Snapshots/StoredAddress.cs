namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>A further address of an endpoint as JSON.</summary>
internal sealed record StoredAddress(string Host, int Port);
