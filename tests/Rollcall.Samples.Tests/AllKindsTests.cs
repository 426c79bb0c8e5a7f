namespace Rollcall.Samples.Tests;

public sealed class AllKindsTests
{
    [Fact]
    public async Task Run_ShowsWhatEachCallCameTo()
    {
        var output = await Sample.RunAsync("AllKinds", null);

        Assert.Equal(
            [
                "Nobody records: Unauthenticated",
                "Ada records: PermissionDenied",
                "Station 7 recorded 3 readings, 21.5 on average.",
                "Read 19.5.",
                "Read 21.",
                "Read 24.",
                "warmest? 24, station 7.",
                "coldest? 19.5, station 7.",
                "InvalidArgument: -300 is colder than cold. 'celsius' must be at least -273.15.",
                "Handlers ran 6 times: the refused calls met none.",
                "Waiting for more: DeadlineExceeded",
            ],
            output.Output.Trim().ReplaceLineEndings("\n").Split('\n'));
    }
}
