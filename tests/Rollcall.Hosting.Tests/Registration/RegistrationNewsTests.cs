using System.Net;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>What the log says of a registration that something is wrong with, by the clock.</summary>
public sealed class RegistrationNewsTests
{
    [Fact]
    public async Task OutageWithAnotherReasonThanAtFirst_TellsBoth_AndIsRemindedOf()
    {
        await using var registration = await VirtualRegistration.StartAsync(static _ => { });
        await Eventually.TrueAsync(() => registration.State.IsSettled);

        registration.Answer = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        await UntilAsync(registration, () => Warnings(registration).Count == 1);
        registration.Answer = static _ => throw new HttpRequestException(HttpRequestError.SecureConnectionError, "PartialChain");
        await UntilAsync(registration, () => Warnings(registration).Count == 2);
        var toldAt = registration.Clock.GetUtcNow();
        registration.Answer = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => Warnings(registration).Count == 3);

        var warnings = Warnings(registration);
        Assert.Contains("Connection refused", warnings[0], StringComparison.Ordinal);
        Assert.Contains("another reason", warnings[1], StringComparison.Ordinal);
        Assert.Contains("PartialChain", warnings[1], StringComparison.Ordinal);
        Assert.Matches("can't be looked after since .*, in [0-9]+ attempts; trying on: .*Connection refused", warnings[2]);
        Assert.InRange(registration.Clock.GetUtcNow() - toldAt, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));

        registration.Answer = null;
        await UntilAsync(registration, () => registration.State.IsSettled);
        registration.Answer = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        await UntilAsync(registration, () => Warnings(registration).Count == 4);
        Assert.Equal(warnings[0], Warnings(registration)[3]);
    }

    [Fact]
    public async Task AnswerThatIsNotConsuls_RefusesNothing()
    {
        await using var registration = await VirtualRegistration.StartAsync(static _ => { });
        registration.Log.Expect(static e => e.Level == LogLevel.Error);
        await Eventually.TrueAsync(() => registration.State.IsSettled);

        registration.Answer = static _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>Welcome</html>") };
        await UntilAsync(registration, () => registration.Log.Entries.Any(static e => e.Level == LogLevel.Error));

        var error = Assert.Single(registration.Log.Entries, static e => e.Level == LogLevel.Error).Message;
        Assert.StartsWith("What answers in the agent's place for a-", error, StringComparison.Ordinal);
        Assert.Contains("not the JSON that was expected", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoppedWithARevokedToken_SaysThatNoCheckTakesItOut_AndWhatDoes()
    {
        await using var registration = await VirtualRegistration.StartAsync(static o => o.Id = "a-1");
        registration.Log.Expect(static e => e.Level == LogLevel.Error);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var fault = registration.Agent.Inject(AgentFault.RevokedToken, "/v1/agent/");

        var deregistering = registration.Loop.DeregisterAsync(default);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => deregistering.IsCompleted);

        Assert.False(await deregistering);
        var warning = Assert.Single(Warnings(registration));
        Assert.Contains("nor that its check is critical", warning, StringComparison.Ordinal);
        Assert.Contains("rollcall deregister a-1", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("until its check is critical", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LostAtAnAgent_ThatIsAnotherThanBefore_IsAWarningOfTheOldOne(bool another)
    {
        await using var registration = await VirtualRegistration.StartAsync(static o => o.Id = "a-1");
        await Eventually.TrueAsync(() => registration.State.IsSettled && registration.Requests("/v1/agent/self").Count == 1);
        using var client = registration.Agent.CreateClient();
        registration.Answer = request => another && request.RequestUri!.AbsolutePath == "/v1/agent/self"
            ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"Config":{"NodeName":"spare"}}""") }
            : null;
        await client.Agent.DeregisterAsync("a-1").WithinAsync();
        await UntilAsync(registration, () => registration.Requests("/v1/agent/self").Count == 2 && registration.State.IsSettled);
        await registration.UntilListedAsync();

        var told = registration.Log.Entries.Where(static e => e.Message.Contains("another agent than before", StringComparison.Ordinal)).ToList();
        Assert.Equal(another ? 1 : 0, told.Count);
        Assert.All(told, static e => Assert.Contains("a-1 is registered on node spare now, and was on ", e.Message, StringComparison.Ordinal));
        Assert.All(told, static e => Assert.Equal(LogLevel.Warning, e.Level));
    }

    private static Task UntilAsync(VirtualRegistration registration, Func<bool> condition) =>
        registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), condition);

    /// <summary>But not that it is registered again, which it is when it was away for long.</summary>
    private static List<string> Warnings(VirtualRegistration registration) =>
        [.. registration.Log.Entries.Where(static e => e.Level == LogLevel.Warning && !e.Message.Contains("registering again", StringComparison.Ordinal)).Select(static e => e.Message)];
}
