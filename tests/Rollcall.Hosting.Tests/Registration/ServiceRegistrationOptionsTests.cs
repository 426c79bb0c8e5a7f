using Microsoft.Extensions.DependencyInjection;
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
            o.Ports["lan"] = 1;
            o.Ports["metrics"] = 0;
            o.Weights = new() { Passing = 0 };
            o.DeregisterCriticalServiceAfter = TimeSpan.Zero;
            o.DrainDelay = TimeSpan.FromSeconds(-1);
            o.Checks.Http("health").Ttl(TimeSpan.FromMilliseconds(999)).Tcp(TimeSpan.Zero);
        });
        using var host = builder.Build();
        var e = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WithinAsync());
        var faults = e is AggregateException several ? several.InnerExceptions.Cast<OptionsValidationException>() : [(OptionsValidationException)e];
        Assert.Equal(15 + 1, faults.Sum(f => f.Failures.Count()));
        Assert.Contains("Timeout", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(24, null)]
    [InlineData(24.1, "DrainDelay is 1.00:06:00: it must be from 0 to 1 day")]
    [InlineData(50 * 24, "DrainDelay is 50.00:00:00: it must be from 0 to 1 day")]
    public void DrainDelay_IsADayAtMost(double hours, string? fault)
    {
        var options = new ServiceRegistrationOptions { Name = "a", DrainDelay = TimeSpan.FromHours(hours) };
        var result = new ServiceRegistrationOptionsValidator([new("a")]).Validate("a", options);
        Assert.Equal(fault is null, result.Succeeded);
        Assert.Contains(fault ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
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
}
