using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rollcall.Hosting.Registration;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class ServiceRegistrationOptionsTests
{
    [Fact]
    public async Task Faults_StopTheStart_AllAtOnce()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddConsulClient(o => o.Timeout = TimeSpan.Zero);
        builder.Services.AddServiceRegistration("bad", o =>
        {
            o.Name = " ";
            o.Id = "";
            o.Address = "0.0.0.0";
            o.Port = 0;
            o.Tags.Add("");
            o.Metadata["a b"] = new string('x', 513);
            o.Metadata["consul-x"] = "Consul's own";
            o.Ports["lan"] = 1;
            o.Ports["metrics"] = 0;
            o.Weights = new() { Passing = 0 };
            o.DeregisterCriticalServiceAfter = TimeSpan.Zero;
            o.DrainDelay = TimeSpan.FromSeconds(-1);
            o.Checks.Http("health").Ttl(TimeSpan.FromMilliseconds(999)).Tcp(TimeSpan.Zero).Tcp(TimeSpan.MaxValue).Ttl(TimeSpan.MaxValue);
        });
        using var host = builder.Build();
        var e = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WithinAsync());
        var faults = e is AggregateException several ? several.InnerExceptions.Cast<OptionsValidationException>() : [(OptionsValidationException)e];
        Assert.Equal(18 + 1, faults.Sum(f => f.Failures.Count()));
        Assert.Contains("Timeout", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api.example", true)]
    [InlineData("my_host", true)]
    [InlineData("_a.example", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("http://x", false)]
    [InlineData("10.0.0.1:5000", false)]
    [InlineData("x:5000", false)]
    [InlineData("[fd00::1]", false)]
    [InlineData("x/y", false)]
    [InlineData("*", false)]
    public void Address_IsAHostAlone(string address, bool valid) => AssertFault(valid ? null : $"Address is '{address}'", o => o.Address = address);

    [Theory]
    [InlineData(".", true)]
    [InlineData("..", true)]
    [InlineData("...", false)]
    [InlineData("a.b", false)]
    public void NameAndId_AreNoStepInAnAddress(string value, bool fault)
    {
        AssertFault(fault ? $"Name is '{value}', which can't be asked for" : null, o => o.Name = value);
        AssertFault(fault ? $"Id is '{value}', which can't be asked for" : null, o => o.Id = value);
    }

    [Fact]
    public void TimesThatNoTimerAndNoAgentTakes_AreFaults()
    {
        AssertFault("DeregisterCriticalServiceAfter is", o => o.DeregisterCriticalServiceAfter = TimeSpan.MaxValue);
        AssertFault(null, o => o.DeregisterCriticalServiceAfter = TimeSpan.FromDays(36_500));
        AssertFault("A TTL check has 200.00:00:00", o => o.Checks.Ttl(TimeSpan.FromDays(200), _ => ValueTask.FromResult(true)));
        AssertFault(null, o => o.Checks.Ttl(TimeSpan.FromDays(100), _ => ValueTask.FromResult(true)));
        AssertFault("The Tcp check runs every", o => o.Checks.Tcp(timeout: TimeSpan.MaxValue));
    }

    [Fact]
    public void MetadataOfConsul_HasRoomForBytes()
    {
        AssertFault(null, o => o.Metadata["x"] = new string('ä', 256));
        AssertFault("Metadata 'x' has a value of 514 bytes", o => o.Metadata["x"] = new string('ä', 257));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(24, null)]
    [InlineData(24.1, "DrainDelay is 1.00:06:00: it must be from 0 to 1 day")]
    [InlineData(50 * 24, "DrainDelay is 50.00:00:00: it must be from 0 to 1 day")]
    public void DrainDelay_IsADayAtMost(double hours, string? fault) => AssertFault(fault, o => o.DrainDelay = TimeSpan.FromHours(hours));

    [Fact]
    public void CheckWithoutRegistrations_IsRefusedAtTheStart()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks().AddServiceRegistrationCheck().AddServiceRegistrationCheck("again");
        using var alone = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => alone.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains("Call services.AddServiceRegistration(NAME)", error.Message, StringComparison.Ordinal);

        services.AddServiceRegistration("a");
        using var both = services.BuildServiceProvider();
        both.GetRequiredService<IStartupValidator>().Validate();
    }

    [Fact]
    public async Task CheckBeforeTheHostHasStarted_IsNotHealthy()
    {
        var services = new ServiceCollection();
        services.AddServiceRegistration("a");
        services.AddHealthChecks().AddServiceRegistrationCheck();
        await using var provider = services.BuildServiceProvider();
        var health = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["service-registration"];
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("a: is not registered yet", health.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a", null)]
    [InlineData("a", "b", "same")]
    public async Task TwoWithOneId_StopTheStart(string first, string second, string? id)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        foreach (var (key, name) in new[] { ("x", first), ("y", second) })
        {
            builder.Services.AddServiceRegistration(key, o => (o.Name, o.Id, o.Address, o.Port) = (name, id, "10.0.0.1", 99));
        }

        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync().WithinAsync());
        Assert.Contains(id ?? "a-10.0.0.1-99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoServerAndNoAddress_StopsTheStart_AndNamesTheFix()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddServiceRegistration("worker");
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync().WithinAsync());
        Assert.Contains("Set Address and Port", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddedTwice_IsOneRegistrationWithBothSettings()
    {
        var services = new ServiceCollection();
        services.AddServiceRegistration("a", o => o.Tags.Add("x")).AddServiceRegistration("b");
        services.AddServiceRegistration("a", o => o.Tags.Add("y"));
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<ServiceRegistrationOptions>>();
        Assert.Equal(["x", "y"], options.Get("a").Tags);
        Assert.Equal(("a", "b"), (options.Get("a").Name, options.Get("b").Name));
        Assert.Single(services, s => s.ServiceType == typeof(IHostedService));
    }

    [Fact]
    public void AddedTwiceWithAnotherIdOrPort_IsAFault()
    {
        var services = new ServiceCollection();
        services.AddServiceRegistration("a", o => o.Id = "a1").AddServiceRegistration("a", o => (o.Id, o.Port) = ("a2", 1));
        services.AddServiceRegistration("a", o => o.Port = 1).AddServiceRegistration("a", o => o.Port = 2);
        using var provider = services.BuildServiceProvider();

        var fault = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptionsMonitor<ServiceRegistrationOptions>>().Get("a"));

        Assert.Equal(
            [
                "AddServiceRegistration(\"a\"): Id is set to 'a1' and then to 'a2': two calls with one name are one registration. For a second instance call it with another name, and set Name = \"a\".",
                "AddServiceRegistration(\"a\"): Port is set to '1' and then to '2': two calls with one name are one registration. For a second instance call it with another name, and set Name = \"a\".",
            ],
            fault.Failures);
    }

    private static void AssertFault(string? fault, Action<ServiceRegistrationOptions> configure)
    {
        var options = new ServiceRegistrationOptions { Name = "a" };
        configure(options);
        var result = new ServiceRegistrationOptionsValidator([new("a")]).Validate("a", options);
        Assert.Equal(fault is null, result.Succeeded);
        Assert.Contains(fault ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }
}
