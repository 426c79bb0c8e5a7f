using System.Runtime.InteropServices;
using Rollcall.Agent;
using Rollcall.Cli.Commands.Agent;

namespace Rollcall.Cli.Tests.Commands.Agent;

public sealed class StopSignalTests
{
    [Fact]
    public void OnlyTheFirstIsTakenNoteOf_SoThatASecondEndsTheProcess()
    {
        using var stop = new StopSignal(new AgentConfiguration());
        var first = new PosixSignalContext(PosixSignal.SIGTERM);
        stop.Note(first, stays: true);
        Assert.True(first.Cancel);
        Assert.False(stop.Leaves);

        var second = new PosixSignalContext(PosixSignal.SIGINT);
        stop.Note(second, stays: false);
        Assert.False(second.Cancel);
        Assert.False(stop.Leaves);
    }
}
