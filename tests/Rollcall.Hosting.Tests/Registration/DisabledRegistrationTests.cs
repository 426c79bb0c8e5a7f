using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>An application that registers itself, in tests on a server in memory that nobody can call.</summary>
public sealed class DisabledRegistrationTests
{
    [Fact]
    public async Task ServerInMemory_StartsWithoutARegistration()
    {
        await using var agent = await TestAgent.StartAsync();
        var log = new LogCollector();
        await using var app = Build(agent, log, static o => o.Enabled = false);

        await app.StartAsync().WithinAsync();

        var state = Assert.Single(app.Services.GetRequiredService<ServiceRegistrations>().States);
        Assert.Equal(("orders", RegistrationPresence.Absent, RegistrationPresence.Absent), (state.ServiceName, state.Desired, state.Actual));
        Assert.True(state.IsSettled);
        Assert.Equal(HealthStatus.Healthy, (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WithinAsync()).Status);
        await app.StopAsync().WithinAsync();
        Assert.Equal(0, agent.Requests);
        Assert.Single(log.Entries, static e => e.Message == "Service orders is not registered: Enabled is false in AddServiceRegistration");
    }

    [Fact]
    public async Task ServerInMemory_IsRefusedWithTheWayOutOtherwise()
    {
        await using var agent = await TestAgent.StartAsync();
        await using var app = Build(agent, new LogCollector(), static _ => { });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync().WithinAsync());

        Assert.EndsWith("In tests with a server in memory (TestServer, WebApplicationFactory) set Enabled = false.", error.Message, StringComparison.Ordinal);
    }

    private static WebApplication Build(TestAgent agent, LogCollector log, Action<ServiceRegistrationOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.AddProvider(log);
        builder.WebHost.UseTestServer();
        builder.Services.AddConsulClient(o => (o.Address, o.Token) = (agent.Address, null));
        builder.Services.AddServiceRegistration("orders");
        builder.Services.AddHealthChecks().AddServiceRegistrationCheck();

        // As a test does with ConfigureTestServices.
        builder.Services.AddServiceRegistration("orders", configure);
        return builder.Build();
    }
}
