namespace Rollcall.Agent.Checks;

/// <summary>Consul's fixed timings, which tests lower and users do not see, and how much is probed at a time.</summary>
internal sealed class CheckSchedulerOptions
{
    /// <summary>A shorter interval is raised to this, as Consul does.</summary>
    /// <value>Default 1 second.</value>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time one probe may take when its check names none.</summary>
    /// <value>Default 10 seconds.</value>
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The first probe comes after a random part of the interval, so that checks registered together do not probe together, but never
    /// later than this. Consul knows no such cap: there an instance with a check every 30 seconds is critical, and so not called, for 15
    /// on average after it started.
    /// </summary>
    /// <value>Default 1 second.</value>
    public TimeSpan MaxFirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often services that were critical for too long are looked for.</summary>
    /// <value>Default 30 seconds.</value>
    public TimeSpan ReapInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A shorter <see cref="CheckSpec.DeregisterCriticalServiceAfter"/> is raised to this.</summary>
    /// <value>Default 1 minute.</value>
    public TimeSpan MinDeregisterAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Probes over the network that run at a time; more wait.</summary>
    /// <value>Default 256. From 1.</value>
    public int MaxProbes { get; init; } = 256;

    /// <summary>Programs that run at a time for checks; more wait.</summary>
    /// <value>Default 32. From 1.</value>
    public int MaxScripts { get; init; } = 32;

    /// <summary>How probes come by TLS where they do it as the agent.</summary>
    /// <value>Default null: as nobody.</value>
    public CheckTls? Tls { get; init; }

    /// <summary>Where the first delay comes from. Must be safe for use by many threads.</summary>
    public Random Random { get; init; } = Random.Shared;
}
