using System.Net;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>What agent it is.</summary>
internal sealed partial class RegistrationLoop
{
    private bool _loopbackLookedInto;

    // The node of the agent that it was last registered with; null: not known.
    private string? _node;

    // Whether the agent may be another one than was asked for its node last: it lacked the service.
    private bool _mayBeAnother = true;

    /// <summary>What the agent says of itself may be bad news for a service that was registered with it just now.</summary>
    private async Task LookAtAgentAsync(CancellationToken cancellationToken)
    {
        if (!_mayBeAnother && (_loopbackLookedInto || !IsLoopback(Plan.Service.Address)))
        {
            return;
        }

        AgentSelf? self = null;
        try
        {
            self = await _agent.SelfAsync(cancellationToken).ConfigureAwait(false);
            _mayBeAnother = false;
        }
        catch (Exception e) when (e is ConsulException or TimeoutException)
        {
            // Not every token may ask, and nothing depends on it. The next registration asks again.
        }

        WarnOfAnotherAgent(self);
        WarnOfLoopback(self);
    }

    /// <summary>Behind a name or an address that leads to another agent than before, the one before goes on listing the service.</summary>
    private void WarnOfAnotherAgent(AgentSelf? self)
    {
        if (self?.Config.NodeName is not { Length: > 0 } node)
        {
            return;
        }

        if (_node is { } before && before != node)
        {
            Log.RegisteredElsewhere(_logger, Plan.Id, _consul.Address, node, before);
        }

        _node = node;
    }

    /// <summary>With a client agent on every machine, Consul's usual deployment, an agent on this one does not mean that callers are.</summary>
    private void WarnOfLoopback(AgentSelf? self)
    {
        if (_loopbackLookedInto || !IsLoopback(Plan.Service.Address))
        {
            return;
        }

        if (!_source.AgentIsLocal)
        {
            Log.OnlyLoopback(_logger, _source.ServiceName, Plan.Service.Address, _consul.Address);
        }
        else if (self is null)
        {
            return;
        }
        else if (self.Member?.Addr is { Length: > 0 } node && !IsLoopback(node))
        {
            Log.LoopbackInACluster(_logger, _source.ServiceName, Plan.Service.Address, node);
        }

        _loopbackLookedInto = true;
    }

    private static bool IsLoopback(string? host) => IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);
}
