using Rollcall.TestKit;

namespace Rollcall.Fuzz.Tests;

public class FuzzRunTests
{
    [Fact]
    public void Faults_AreCountedAndOneOfAKindIsKept()
    {
        var target = new StubTarget(input => input.Length % 2 == 0 ? throw new InvalidOperationException() : input.Length);

        var report = new FuzzRun(target, TimeProvider.System).Run(1000, seed: 1);

        Assert.Equal(1000, report.Inputs);
        Assert.InRange(report.FaultCount, 100, 900);
        var fault = Assert.Single(report.Faults);
        Assert.Equal(0, fault.Input.Length % 2);
        Assert.Contains(nameof(InvalidOperationException), fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public void SlowInput_IsAFaultWhenItIsSlowEachTime()
    {
        var time = new FakeTimeProvider();
        var runs = 0;
        var always = new StubTarget(_ =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return 0;
        });
        var once = new StubTarget(_ =>
        {
            time.Advance(TimeSpan.FromSeconds(runs++ == 0 ? 2 : 0));
            return 0;
        });

        Assert.Equal(1, new FuzzRun(always, time).Run(1, seed: 1).FaultCount);
        Assert.Equal(0, new FuzzRun(once, time).Run(10, seed: 1).FaultCount);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(90, true)]
    public void SlowInputOnABusyMachine_IsAFaultIfItIsSlowBesideAKnownOne(int seconds, bool isFault)
    {
        var time = new FakeTimeProvider();
        var runs = 0;
        byte[]? known = null;
        var target = new StubTarget(input =>
        {
            known ??= input;
            time.Advance(TimeSpan.FromSeconds(runs++ < 100 ? 0 : input.AsSpan().SequenceEqual(known) ? 5 : seconds));
            return 0;
        });

        Assert.Equal(isFault, new FuzzRun(target, time).Run(200, seed: 1).FaultCount > 0);
    }

    [Fact]
    public void SameSeed_GivesTheSameInputs()
    {
        Assert.Equal(InputsOf(seed: 7), InputsOf(seed: 7));
        Assert.NotEqual(InputsOf(seed: 7), InputsOf(seed: 8));
    }

    [Fact]
    public void Current_IsTheInputThatRuns()
    {
        FuzzRun? run = null;
        var seen = 0;
        run = new FuzzRun(
            new StubTarget(input =>
            {
                Assert.Same(input, run!.Current?.Input);
                return seen++;
            }),
            TimeProvider.System);

        Assert.Equal(0, run.Run(50, seed: 1).FaultCount);
        Assert.Null(run.Current);
    }

    [Fact]
    public void Command_RunsOneTargetAndSaysWhatItDid()
    {
        using var output = new StringWriter();
        var command = new FuzzCommand(output, TimeProvider.System);

        Assert.Equal(0, command.Run(["timeout", "--inputs", "100", "--seed", "3"]));
        Assert.Matches(@"^timeout +100 inputs +\d+ outcomes +0 faults", output.ToString());
    }

    [Theory]
    [InlineData]
    [InlineData("nothing")]
    [InlineData("timeout", "--inputs")]
    [InlineData("timeout", "--inputs", "x")]
    [InlineData("timeout", "--other", "1")]
    public void WrongArguments_AreAnsweredWithUsage(params string[] arguments)
    {
        using var output = new StringWriter();

        Assert.Equal(2, new FuzzCommand(output, TimeProvider.System).Run(arguments));
        Assert.StartsWith("usage:", output.ToString(), StringComparison.Ordinal);
    }

    private static List<string> InputsOf(int seed)
    {
        List<string> seen = [];
        new FuzzRun(new StubTarget(input =>
        {
            seen.Add(Convert.ToHexString(input));
            return input.Length;
        }), TimeProvider.System).Run(200, seed);
        return seen;
    }
}
