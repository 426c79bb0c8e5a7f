using System.Text;
using Microsoft.Extensions.Configuration;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Configuration;

public class ConfigurationServiceConfigSourceTests
{
    private const string Whole = """
        {
          "loadBalancingConfig": [ { "round_robin": {} } ],
          "methodConfig": [
            {
              "name": [ { "service": "greet.Greeter", "method": "SayHello" }, {} ],
              "waitForReady": true, "timeout": "1.5s", "maxRequestMessageBytes": 1000,
              "retryPolicy": {
                "maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2.5, "retryableStatusCodes": [ "UNAVAILABLE", 10 ]
              }
            },
            { "name": [ { "service": "greet.Other" } ], "hedgingPolicy": { "maxAttempts": 2, "nonFatalStatusCodes": [] } }
          ],
          "retryThrottling": { "maxTokens": 10, "tokenRatio": 0.1 }
        }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Section_IsReadAsFieldsOrAsOneText(bool asText)
    {
        var value = asText ? System.Text.Json.JsonSerializer.Serialize(Whole) : Whole;
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Rollcall": { "ServiceConfig": { "orders": {{value}} } } }""")))
            .Build();
        var source = new ConfigurationServiceConfigSource(configuration.GetSection("Rollcall:ServiceConfig"));

        var config = ServiceCallConfig.Parse((await FirstAsync(source, "orders"))!);

        Assert.Equal("round_robin", config.Balancing!.Name);
        Assert.Equal([new CallName("greet.Greeter", "SayHello"), new CallName(null, null)], config.Methods[0].Names.AsEnumerable());
        Assert.True(config.Methods[0].WaitForReady);
        Assert.Equal(TimeSpan.FromSeconds(1.5), config.Methods[0].Timeout);
        Assert.Equal(1000, config.Methods[0].MaxRequestMessageBytes);
        Assert.Equal([CallStatus.Aborted, CallStatus.Unavailable], config.Methods[0].Retry!.Retryable);
        Assert.Equal(2, config.Methods[1].Hedging!.MaxAttempts);
        Assert.Equal(new RetryThrottleSettings(10, 0.1), config.RetryThrottling);
        Assert.Empty(config.UnknownFields);
        Assert.Null(await FirstAsync(source, "others"));
        Assert.Equal("the configuration's section Rollcall:ServiceConfig:orders", source.Describe(new ServiceConfigQuery("orders")));
    }

    [Fact]
    public async Task Reload_IsFollowed()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        await using var directory = new ServiceConfigDirectory([new ConfigurationServiceConfigSource(configuration.GetSection("Configs"))]);
        using var watch = directory.Watch(new ServiceConfigQuery("orders"));
        await Eventually.TrueAsync(() => watch.State.IsRead);
        Assert.Null(watch.State.Config);

        // As an environment variable may say it.
        configuration["Configs:orders:methodConfig:0:name:0:service"] = "greet.Greeter";
        configuration["Configs:orders:methodConfig:0:timeout"] = "3s";
        configuration.Reload();
        await Eventually.TrueAsync(() => watch.State.Config is not null);

        Assert.Equal(TimeSpan.FromSeconds(3), watch.State.Config!.FindMethod("greet.Greeter", "SayHello")!.Timeout);
        configuration["Configs:orders:methodConfig:0:timeout"] = "4s";
        configuration.Reload();
        await Eventually.TrueAsync(() => watch.State.Config!.Methods[0].Timeout == TimeSpan.FromSeconds(4));
    }

    private static async Task<string?> FirstAsync(ConfigurationServiceConfigSource source, string service)
    {
        await foreach (var text in source.WatchAsync(new ServiceConfigQuery(service), default))
        {
            return text;
        }

        throw new InvalidOperationException("The source ended.");
    }
}
