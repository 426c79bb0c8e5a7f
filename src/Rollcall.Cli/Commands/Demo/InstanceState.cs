namespace Rollcall.Cli.Commands.Demo;

/// <summary>What has become of an instance.</summary>
internal enum InstanceState
{
    /// <summary>Its process was started and does not listen yet.</summary>
    Starting,

    /// <summary>It listens.</summary>
    Up,

    /// <summary>The demo has killed it.</summary>
    Killed,
}
