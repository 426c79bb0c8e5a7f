using System.Runtime.InteropServices;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>
/// Which signal ends the agent, and whether it leaves then. A single node has nobody to tell that it leaves, so it ends in the same order either way, and what
/// differs is the exit code: where the configuration says that it does not leave, it is Consul's.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private volatile bool _stays;
    private int _count;

    /// <param name="configuration">Says on which signals it does not leave.</param>
    public StopSignal(AgentConfiguration configuration)
    {
        // The command's own handling of signals ends the command; this one only takes note.
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Note(context, configuration.LeaveOnTerminate == false));
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Note(context, configuration.SkipLeaveOnInterrupt == true));
    }

    /// <summary>Whether it leaves, as far as is known.</summary>
    public bool Leaves => !_stays;

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
    }

    internal void Note(PosixSignalContext context, bool stays)
    {
        // A second one ends the process at once, as everywhere.
        if (Interlocked.Increment(ref _count) == 1)
        {
            context.Cancel = true;
            _stays = stays;
        }
    }
}
