using Rollcall.Interop.Tests.Peers;

namespace Rollcall.Interop.Tests;

public class ClientResultsTests
{
    [Fact]
    public void CaseThatFails_FailsForWhatFollowsIt()
    {
        var results = new ClientResults(["a", "b", "c"], "a ok\nb failed\nwhy\n  and where\nc ok\n", endedWell: false, "exit code 1");

        Assert.Null(results.Failure("a"));
        Assert.Equal("why\nand where", results.Failure("b"));
        Assert.Null(results.Failure("c"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ClientThatEndsInTheMiddle_FailsTheRestWithAllItSaid(bool endedWell)
    {
        var results = new ClientResults(["a", "b", "c"], "a ok\nb o", endedWell, "Segmentation fault");

        Assert.Null(results.Failure("a"));
        Assert.All(["b", "c"], name => Assert.EndsWith("a ok\nb oSegmentation fault", results.Failure(name), StringComparison.Ordinal));
    }

    [Fact]
    public void BadEndAfterEveryCase_FailsThemAll()
    {
        var results = new ClientResults(["a", "b"], "a ok\nb ok\n", endedWell: false, "Aborted");

        Assert.All(["a", "b"], name => Assert.EndsWith("Aborted", results.Failure(name), StringComparison.Ordinal));
    }
}
