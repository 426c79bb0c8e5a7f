namespace Rollcall.Agent.Configuration;

/// <summary>What belongs together, though it does nothing here: taken where Consul takes it, and refused in its words where it refuses it, in its order.</summary>
internal sealed class ClusterRules
{
    private bool? _server;
    private string? _primary;
    private string? _decidesAccess;
    private bool _gateways;

    /// <param name="file">A source.</param>
    /// <param name="decidesAccess">Its older name of the primary datacenter.</param>
    public void Apply(ConfigObject file, string? decidesAccess)
    {
        _server = file.Bool("server") ?? _server;
        _primary = file.Text("primary_datacenter") ?? _primary;
        _decidesAccess = decidesAccess ?? _decidesAccess;

        // Lists of several sources are one.
        _gateways |= file.Texts("primary_gateways")?.Any(static gateway => gateway.Length > 0) == true;
    }

    /// <param name="datacenter">The agent's own.</param>
    /// <exception cref="ConsulAgentException">Something does not fit the rest.</exception>
    public void Validate(string datacenter)
    {
        var primary = (string.IsNullOrEmpty(_primary) ? _decidesAccess : _primary)?.ToLowerInvariant();
        if (primary?.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') == false)
        {
            throw new ConsulAgentException($"acl_datacenter cannot be \"{primary}\". Please use only [a-z0-9-_]");
        }

        if (_gateways && _server != true)
        {
            throw new ConsulAgentException("'primary_gateways' requires 'server = true'");
        }

        if (_gateways && (string.IsNullOrEmpty(primary) || primary.Equals(datacenter, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ConsulAgentException("'primary_gateways' should only be configured in a secondary datacenter");
        }
    }
}
