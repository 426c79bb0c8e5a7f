namespace Rollcall.Agent.Configuration;

/// <summary>Where servers of another datacenter find those that decide, which nobody here looks for: taken where Consul takes it, and refused where it refuses it.</summary>
internal sealed class PrimaryGateways
{
    private bool _any;
    private bool? _server;
    private string? _primary;
    private string? _decidesAccess;

    public void Apply(ConfigObject file)
    {
        // Lists of several sources are one.
        _any |= file.Texts("primary_gateways")?.Any(static gateway => gateway.Length > 0) == true;
        _server = file.Bool("server") ?? _server;
        _primary = file.Text("primary_datacenter") ?? _primary;
        _decidesAccess = file.Text("acl_datacenter") ?? _decidesAccess;
    }

    /// <param name="datacenter">The agent's own.</param>
    /// <exception cref="ConsulAgentException">There are some, and they make no sense.</exception>
    public void Validate(string datacenter)
    {
        if (_any && _server != true)
        {
            throw new ConsulAgentException("'primary_gateways' requires 'server = true'");
        }

        var primary = string.IsNullOrEmpty(_primary) ? _decidesAccess : _primary;
        if (_any && (string.IsNullOrEmpty(primary) || primary.Equals(datacenter, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ConsulAgentException("'primary_gateways' should only be configured in a secondary datacenter");
        }
    }
}
