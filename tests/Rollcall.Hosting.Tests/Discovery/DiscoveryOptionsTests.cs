using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Discovery;

/// <summary>Wrong options fail when the host starts, not at the first call.</summary>
public sealed class DiscoveryOptionsTests
{
    [Fact]
    public async Task ContainerThatIsDisposedWithoutAwait_EndsWhatWasUsed()
    {
        await using var agent = await TestAgent.StartAsync().WithinAsync();
        var services = new ServiceCollection();
        services.AddSingleton(_ => agent.CreateClient());
        services.AddHttpClient("shop").AddServiceDiscovery();
        services.AddServiceConfig();
        EndpointDirectory directory;
        using (var provider = services.BuildServiceProvider())
        {
            directory = provider.GetRequiredService<EndpointDirectory>();
            _ = directory.Watch(new ServiceQuery("orders"));
            _ = provider.GetRequiredService<ServiceConfigDirectory>().Watch(new ServiceConfigQuery("orders"));
            await Eventually.TrueAsync(() => agent.Requests > 1);
        }

        Assert.Throws<ObjectDisposedException>(() => directory.Watch(new ServiceQuery("orders")));
    }

    private readonly ServiceCollection _services = [];

    [Fact]
    public void WrongOptionsOfTheDirectory_AreRefusedAtTheStartAllAtOnce()
    {
        _services.AddServiceDiscovery(static o =>
        {
            o.Directory.MinBackoff = TimeSpan.Zero;
            o.Directory.SnapshotDirectory = " ";
            o.Consul.MaxStaleness = TimeSpan.FromSeconds(-1);
        });

        Assert.Equal(
            [
                "ServiceDiscoveryOptions.Directory.MinBackoff must be 00:00:00.0010000 or more, and is 00:00:00.",
                "ServiceDiscoveryOptions.Directory.SnapshotDirectory is empty: give it a path, or null for none.",
                "ServiceDiscoveryOptions.Consul.MaxStaleness must be more than 0, and is -00:00:01: set null for any time.",
            ],
            Assert.Throws<OptionsValidationException>(Start).Failures);
    }

    [Fact]
    public void WrongOptionsOfAClient_AreRefusedAtTheStartAllAtOnce()
    {
        _services.AddHttpClient("orders").AddServiceDiscovery(static o =>
        {
            o.MaxAttempts = 0;
            o.Timeout = TimeSpan.Zero;
            o.RetryThrottling = new(5000, 0);
            o.Balancing.PanicThreshold = 101;
            o.Services["orders"] = new ServiceTarget(new ServiceQuery("orders")) { Policy = "fastest" };
        });

        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(Start).Failures);

        Assert.StartsWith("The discovery options of the HTTP client 'orders' can't be used: Balancing.PanicThreshold must be from 0 to 100, and is 101; ", failure, StringComparison.Ordinal);
        Assert.Contains("there is no policy 'fastest': use one of pick_first, ", failure, StringComparison.Ordinal);
        Assert.EndsWith(
            "; MaxAttempts must be 1 or more, and is 0; RetryThrottling.MaxTokens must be from 1 to 1000, and is 5000; "
            + "RetryThrottling.TokenRatio must be from 0.001 to 1000, and is 0; Timeout must be more than 00:00:00, and is 00:00:00.",
            failure,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsOfOneClient_AreNotThoseOfOthersAndAddUp()
    {
        _services.AddHttpClient("a").AddServiceDiscovery(static o => o.MaxAttempts = 2).AddServiceDiscovery(static o => o.WaitForReady = true);
        _services.AddHttpClient("b").AddServiceDiscovery();
        _services.ConfigureHttpClientDefaults(static client => client.AddServiceDiscovery(static o => o.MaxAttempts = 9));
        using var provider = _services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<Rollcall.Discovery.Http.DiscoveryHandlerOptions>>();

        Assert.Equal((2, true), (options.Get("a").MaxAttempts, options.Get("a").WaitForReady));
        Assert.Equal(5, options.Get("b").MaxAttempts);
        Assert.Equal(9, options.Get(Options.DefaultName).MaxAttempts);
    }

    private void Start()
    {
        using var provider = _services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
    }
}
