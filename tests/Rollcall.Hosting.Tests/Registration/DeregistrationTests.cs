using System.Net;
using Microsoft.Extensions.Logging;
using Rollcall.Hosting.Registration;
using Rollcall.Hosts;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>How a registration ends, by the clock.</summary>
public sealed class DeregistrationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AgentThatDoesNotTellWhoHasTheId_IsToldToDeregisterAllTheSame(bool hangs)
    {
        await using var registration = await VirtualRegistration.StartAsync(_ => { });
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var fault = registration.Agent.Inject(hangs ? AgentFault.Slow(TimeSpan.FromHours(77)) : AgentFault.RevokedToken, "/v1/agent/service/a-");

        var deregistering = registration.Loop.DeregisterAsync(default);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => deregistering.IsCompleted);

        Assert.True(await deregistering);
        using var client = registration.Agent.CreateClient();
        Assert.Empty((await client.Agent.ServicesAsync().WithinAsync()).Value);
    }

    [Fact]
    public async Task StoppedBeforeAnotherAddressWasTaken_LeavesNothingOfTheOldOneUnderItsId()
    {
        OwnAddress[] network = [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)];
        await using var registration = await VirtualRegistration.StartAsync(o => o.Id = "same", "*", new(new Uri("http://127.0.0.1:8500"), () => Volatile.Read(ref network)));
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var refused = registration.Agent.Inject(AgentFault.RevokedToken, "/v1/agent/service/register");
        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.6"), IsRouted: true)]);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.Log.Entries.Any(IsRefusal));

        Assert.True(await registration.Loop.DeregisterAsync(default).WithinAsync());

        using var client = registration.Agent.CreateClient();
        Assert.Empty((await client.Agent.ServicesAsync().WithinAsync()).Value);
    }

    [Fact]
    public async Task StoppedBeforeAThirdAddressWasTaken_LeavesNothingOfTheSecondThatTheAgentTookWithoutAnAnswer()
    {
        OwnAddress[] network = [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)];
        await using var registration = await VirtualRegistration.StartAsync(o => o.Id = "same", "*", new(new Uri("http://127.0.0.1:8500"), () => Volatile.Read(ref network)));
        registration.Log.Expect(static e => e.Level == LogLevel.Error);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var client = registration.Agent.CreateClient();

        const string Register = "/v1/agent/service/register";
        registration.Answer = static request => request.RequestUri!.AbsolutePath != Register ? null
            : throw new HttpRequestException(HttpRequestError.ResponseEnded, "The answer was lost.");
        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.6"), IsRouted: true)]);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.State.LastError is not null);
        await client.Agent.RegisterAsync(new() { Id = "same", Name = "a", Address = "10.9.8.6", Port = 81 }).WithinAsync();

        using var refused = registration.Agent.Inject(AgentFault.RevokedToken, Register);
        registration.Answer = null;
        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.5"), IsRouted: true)]);
        await registration.Clock.AdvanceUntilAsync(
            TimeSpan.FromMilliseconds(500), () => registration.Requests(Register).Any(static body => body.Contains("10.9.8.5", StringComparison.Ordinal)));

        Assert.True(await registration.Loop.DeregisterAsync(default).WithinAsync());
        Assert.Empty((await client.Agent.ServicesAsync().WithinAsync()).Value);
    }

    [Fact]
    public async Task OtherTagsAtAnAddressThatWasConfigured_MayBeAnothersAndStayWithAWarning()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => (o.Id, o.Port) = ("same", 81));
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var client = registration.Agent.CreateClient();
        await client.Agent.RegisterAsync(new() { Id = "same", Name = "a", Address = "127.0.0.1", Port = 81, Tags = ["canary"] }).WithinAsync();

        Assert.True(await registration.Loop.DeregisterAsync(default).WithinAsync());

        Assert.Equal("same", Assert.Single((await client.Agent.ServicesAsync().WithinAsync()).Value).Key);
        var warning = Assert.Single(registration.Log.Entries, static e => e.Level == LogLevel.Warning);
        Assert.Contains("a at 127.0.0.1:81", warning.Message, StringComparison.Ordinal);
        Assert.Contains("deregister it by hand", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaintenanceThatEndsWithTheRegistration_IsAWarning(bool on)
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Id = "same");
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var client = registration.Agent.CreateClient();
        await client.Agent.SetServiceMaintenanceAsync("same", true, "disk full").WithinAsync();
        await registration.UntilListedAsync();
        if (!on)
        {
            await client.Agent.SetServiceMaintenanceAsync("same", false).WithinAsync();
            await registration.UntilListedAsync();
        }

        Assert.True(await registration.Loop.DeregisterAsync(default).WithinAsync());

        var told = registration.Log.Entries.Where(static e => e.Message.Contains("maintenance mode", StringComparison.Ordinal)).ToList();
        Assert.Equal(on ? 1 : 0, told.Count);
        Assert.All(told, static e => Assert.Equal(LogLevel.Warning, e.Level));
        Assert.All(told, static e => Assert.Contains("consul maint -enable", e.Message, StringComparison.Ordinal));
    }

    private static bool IsRefusal(LogEntry entry) => entry.Level == LogLevel.Error && entry.Message.StartsWith("The agent refuses", StringComparison.Ordinal);
}
