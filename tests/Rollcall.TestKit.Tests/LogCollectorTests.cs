using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit.Tests;

public class LogCollectorTests
{
    [Fact]
    public void UnexpectedError_FailsAtDispose()
    {
        var logs = new LogCollector();
        logs.CreateLogger("a").LogError("disk {Name} is full", "d0");

        var e = Assert.ThrowsAny<Exception>(logs.Dispose);

        Assert.Contains("disk d0 is full", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExpectedErrorsAndWarnings_DoNotFail()
    {
        using var logs = new LogCollector();
        logs.Expect(entry => entry.Category == "a");
        logs.CreateLogger("a").LogError("expected");
        logs.CreateLogger("b").LogWarning("only a warning");

        Assert.Equal(2, logs.Entries.Count);
        Assert.Empty(logs.UnexpectedErrors);
    }
}
