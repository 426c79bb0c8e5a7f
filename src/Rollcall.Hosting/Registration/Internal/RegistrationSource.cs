namespace Rollcall.Hosting.Registration;

/// <summary>What one service is to be registered as: as configured, at the address that the machine has. Used by one loop.</summary>
/// <param name="options">Settings.</param>
/// <param name="chosen">What to register of what the server is bound to.</param>
/// <param name="resolver">Finds the address where the server is bound to every one.</param>
internal sealed class RegistrationSource(ServiceRegistrationOptions options, ServiceEndpoint chosen, EndpointResolver resolver)
{
    private FoundHost? _found;

    public string ServiceName => options.Name;

    /// <summary>From deregistering to the end of taking calls.</summary>
    public TimeSpan DrainDelay => options.DrainDelay;

    /// <summary>The time between two heartbeats of the check that has the most; null: there are none.</summary>
    public TimeSpan? ShortestInterval =>
        options.Checks.Items.Where(static check => check.Kind == CheckKind.Ttl).Min(static check => (TimeSpan?)RegistrationPlanner.HeartbeatInterval(check));

    /// <summary>Whether the address is, in part at least, what somebody wrote, as several instances may have it; else nobody else can listen there.</summary>
    public bool IsAddressConfigured => options.Address is not null || options.Port is not null;

    public bool AgentIsLocal => resolver.AgentIsLocal;

    /// <summary>The desired state; null: no address is known yet.</summary>
    public RegistrationPlan? Plan { get; private set; }

    /// <summary>Why there is no plan.</summary>
    public string NoAddress =>
        $"The server is bound to every address ({chosen.Host}) and none of this machine's leads anywhere. "
        + "Set Address in AddServiceRegistration to the one that callers use, or bind the server to it, unless the network is yet to come up.";

    /// <summary>Looks at the network again.</summary>
    /// <returns>Whether there is another <see cref="Plan"/> now.</returns>
    public async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        var before = _found?.Host;
        _found = await resolver.ResolveAsync(chosen, _found, cancellationToken).ConfigureAwait(false);
        if (_found is null || _found.Host == before)
        {
            return false;
        }

        Plan = RegistrationPlanner.Create(options, chosen with { Host = _found.Host });
        return true;
    }
}
