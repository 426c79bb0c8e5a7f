using System.Runtime.InteropServices;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>SIGUSR1 and SIGUSR2, for which .NET has no names. They end a process that takes no notice of them.</summary>
internal static class UserSignal
{
    /// <summary>SIGUSR1: a raw number is the system's own (signal(7) of Linux, signal(3) of macOS).</summary>
    public static PosixSignal First => (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);

    /// <summary>SIGUSR2.</summary>
    public static PosixSignal Second => (PosixSignal)(OperatingSystem.IsLinux() ? 12 : 31);

    /// <param name="signal">One of both.</param>
    /// <param name="act">What is done at each, on any thread. Must not throw.</param>
    /// <returns>Ends it when disposed; null: the system has no such signals.</returns>
    public static PosixSignalRegistration? Register(PosixSignal signal, Action act) => OperatingSystem.IsWindows()
        ? null
        : PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            act();
        });
}
