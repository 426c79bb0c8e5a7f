using Rollcall.Hosting.Registration;

namespace Rollcall.Hosting;

/// <summary>The registrations of this host and their states. Thread-safe; a singleton of the container.</summary>
public sealed class ServiceRegistrations
{
    private IReadOnlyList<RegistrationLoop> _loops = [];
    private IReadOnlyList<RegistrationState> _disabled = [];

    internal ServiceRegistrations()
    {
    }

    /// <summary>One state for each registration; empty before the host has started.</summary>
    public IReadOnlyList<RegistrationState> States => [.. Loops.Select(l => l.State), .. Disabled];

    internal IReadOnlyList<RegistrationLoop> Loops
    {
        get => Volatile.Read(ref _loops);
        set => Volatile.Write(ref _loops, value);
    }

    /// <summary>Those that are to be absent all the time.</summary>
    internal IReadOnlyList<RegistrationState> Disabled
    {
        get => Volatile.Read(ref _disabled);
        set => Volatile.Write(ref _disabled, value);
    }
}
