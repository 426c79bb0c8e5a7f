namespace Rollcall.Hosting;

/// <summary>Who may read what <c>MapRollcallDiagnostics</c> shows. Read once, when the endpoint is mapped.</summary>
public sealed class RollcallDiagnosticsOptions
{
    /// <summary>
    /// Whether others than programs on the same machine may read it. The answers name the addresses, tags and states of all services that this process
    /// calls: require an authorization for the endpoint before you set this.
    /// </summary>
    /// <value>Default false: everybody else gets 403, and so does a request that a proxy forwarded or that names another host than this machine.</value>
    public bool AllowRemote { get; set; }
}
