using System.Runtime.InteropServices;
using Rollcall.Cli;

using var stop = new CancellationTokenSource();

// The first signal asks for an orderly end; a second one finds no handler and ends the process at once.
void OnSignal(PosixSignalContext context)
{
    if (!stop.IsCancellationRequested)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return await CommandLine.RunAsync(args, Terminal.OfProcess(), stop.Token);
