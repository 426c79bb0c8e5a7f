namespace Rollcall.Agent.Chains;

/// <summary>What a caller wants to be otherwise than config entries say. Empty: as they say.</summary>
/// <param name="MeshGateway"><c>none</c>, <c>local</c> or <c>remote</c>.</param>
/// <param name="Protocol">Such as <c>http</c>; one without requests leaves out routers and splitters.</param>
/// <param name="ConnectTimeout">In Go's form.</param>
internal sealed record ChainOverrides(string MeshGateway = "", string Protocol = "", string ConnectTimeout = "")
{
    public static readonly ChainOverrides None = new();
}
