using Rollcall.Agent;
using System.Globalization;

namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>Keys, conditional writes, locks and sessions under many clients at once behave as if one operation was done after the other.</summary>
public class LinearizabilityTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>How many histories of 10,000 operations are recorded: <c>ROLLCALL_HISTORIES</c>. By default one of 2,000.</summary>
    private static readonly int s_histories =
        int.Parse(Environment.GetEnvironmentVariable("ROLLCALL_HISTORIES") ?? "0", CultureInfo.InvariantCulture);

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task KeysLocksAndSessions_AreLinearizable(AgentKind kind)
    {
        await CheckAsync(await agents.GetAsync(kind));
    }

    [Fact]
    public async Task KeysLocksAndSessionsOnDisk_AreLinearizable()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            // As the command does; the one in memory answers on the pool.
            await using var agent = await TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { DataDirectory = directory.FullName, DedicatedProcess = true });
            await CheckAsync(agent);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void RightStore_IsAccepted()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            Assert.Null(LinearizabilityChecker.FindFault(new MadeUpHistory(seed, StoreBug.None).Run()));
        }
    }

    [Theory]
    [InlineData(StoreBug.StaleRead)]
    [InlineData(StoreBug.LostWrite)]
    [InlineData(StoreBug.ConditionLookedAtEarly)]
    [InlineData(StoreBug.AcknowledgedEarly)]
    [InlineData(StoreBug.TwoHolders)]
    [InlineData(StoreBug.LockOutlivesSession)]
    [InlineData(StoreBug.RefusedButWritten)]
    public void WrongStore_IsFound(StoreBug bug)
    {
        var found = Enumerable.Range(1, 50).Count(seed => LinearizabilityChecker.FindFault(new MadeUpHistory(seed, bug).Run()) is not null);

        // Not in each: a write that was lost may have been overwritten before anybody could have seen it.
        Assert.True(found >= 20, $"{bug} was found in {found} of 50 histories.");
    }

    [Fact]
    public void ReadThatOverlapsAWrite_MaySeeEither()
    {
        KvOperation write = new(1, KvAction.Put, 1, 4) { Value = 7, Done = true };
        KvOperation none = new(2, KvAction.Get, 2, 3);
        KvOperation late = new(3, KvAction.Get, 5, 6) { Found = new KvFound(7, 11, 0) };

        Assert.Null(LinearizabilityChecker.FindFault([write, none, late]));
        Assert.Null(LinearizabilityChecker.FindFault([write, none with { Found = late.Found }, late]));
        Assert.NotNull(LinearizabilityChecker.FindFault([write, none, late with { Found = null }]));
    }

    private static async Task CheckAsync(TestedAgent agent)
    {
        for (var seed = 1; seed <= Math.Max(1, s_histories); seed++)
        {
            var recorder = new HistoryRecorder(agent, seed, clients: 8, keys: 10, operations: s_histories == 0 ? 2_000 : 10_000);
            var histories = await recorder.RunAsync();
            Assert.All(histories, history => Assert.True(history.Count > 50, $"A key saw {history.Count} operations only."));
            for (var key = 0; key < histories.Count; key++)
            {
                var fault = LinearizabilityChecker.FindFault(histories[key]);
                Assert.True(fault is null, string.Create(CultureInfo.InvariantCulture, $"history {seed}, key {key}: {fault}"));
            }
        }
    }
}
