using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Configuration;

public class ServiceConfigTests
{
    [Fact]
    public void EveryField_IsRead()
    {
        var config = ServiceConfig.Parse("""
            {
              "loadBalancingConfig": [ { "xds_experimental": {} }, { "pick_first": { "shuffleAddressList": true } }, { "round_robin": {} } ],
              "methodConfig": [
                {
                  "name": [ { "service": "greet.Greeter", "method": "SayHello" }, { "service": "greet.Other" }, {} ],
                  "waitForReady": true,
                  "timeout": "1.5s",
                  "maxRequestMessageBytes": 1000,
                  "maxResponseMessageBytes": "4294967295",
                  "retryPolicy": {
                    "maxAttempts": 4, "initialBackoff": ".1s", "maxBackoff": "1s", "backoffMultiplier": 2.5,
                    "retryableStatusCodes": [ "UNAVAILABLE", "DEADLINE_EXCEEDED", 10 ]
                  }
                }
              ],
              "retryThrottling": { "maxTokens": 10, "tokenRatio": 0.1 }
            }
            """);

        var method = Assert.Single(config.MethodConfigs);
        Assert.Equal([("greet.Greeter", "SayHello"), ("greet.Other", null), (null, null)], method.Names.Select(n => (n.Service, n.Method)));
        Assert.True(method.WaitForReady);
        Assert.Equal(TimeSpan.FromSeconds(1.5), method.Timeout);
        Assert.Equal(1000, method.MaxRequestMessageBytes);
        Assert.Equal(int.MaxValue, method.MaxResponseMessageBytes);
        var retry = method.RetryPolicy!;
        Assert.Equal(4, retry.MaxAttempts);
        Assert.Equal(TimeSpan.FromMilliseconds(100), retry.InitialBackoff);
        Assert.Equal(TimeSpan.FromSeconds(1), retry.MaxBackoff);
        Assert.Equal(2.5, retry.BackoffMultiplier);
        Assert.Equal([StatusCode.DeadlineExceeded, StatusCode.Aborted, StatusCode.Unavailable], retry.RetryableStatusCodes.Order());
        Assert.Equal(10, config.RetryThrottling!.MaxTokens);
        Assert.Equal(0.1, config.RetryThrottling.TokenRatio);
        Assert.Equal(["xds_experimental", "pick_first", "round_robin"], config.LoadBalancingConfigs.Select(c => c.PolicyName));
        Assert.True(Assert.IsType<PickFirstConfig>(config.LoadBalancingConfigs[1]).ShuffleAddressList);
    }

    [Fact]
    public void HedgingPolicy_IsRead()
    {
        var config = ServiceConfig.Parse("""
            {
              "methodConfig": [ {
                "name": [ {} ],
                "hedgingPolicy": { "maxAttempts": 3, "hedgingDelay": "0.5s", "nonFatalStatusCodes": [ "UNAVAILABLE", "INTERNAL" ] }
              } ]
            }
            """);

        var hedging = Assert.Single(config.MethodConfigs).HedgingPolicy!;
        Assert.Equal(3, hedging.MaxAttempts);
        Assert.Equal(TimeSpan.FromMilliseconds(500), hedging.HedgingDelay);
        Assert.Equal([StatusCode.Internal, StatusCode.Unavailable], hedging.NonFatalStatusCodes.Order());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{ "healthCheckConfig": { "serviceName": 5 }, "other": [ 1 ] }""")]
    [InlineData("""{ "methodConfig": null, "retryThrottling": null, "loadBalancingConfig": null, "loadBalancingPolicy": "" }""")]
    [InlineData("""{ "methodConfig": [ { "timeout": "1s" }, { "name": [], "waitForReady": false } ] }""")]
    public void UnknownFieldsNullAndEntriesWithoutNames_ArePassedOver(string json)
    {
        var config = ServiceConfig.Parse(json);

        Assert.Empty(config.MethodConfigs);
        Assert.Empty(config.LoadBalancingConfigs);
        Assert.Null(config.RetryThrottling);
    }

    [Theory]
    [InlineData("""{ "loadBalancingPolicy": "ROUND_ROBIN" }""", "round_robin")]
    [InlineData("""{ "loadBalancingPolicy": "round_robin", "loadBalancingConfig": [ { "pick_first": {} } ] }""", "pick_first")]
    public void OlderPolicyField_HoldsWithoutTheNewer(string json, string expected) =>
        Assert.Equal([expected], ServiceConfig.Parse(json).LoadBalancingConfigs.Select(c => c.PolicyName));

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{ "methodConfig": [], "methodConfig": [] }""", "methodConfig")]
    [InlineData("""{ "methodConfig": {} }""", "methodConfig must be a list, and is {}")]
    [InlineData("""{ "methodConfig": [ 5 ] }""", "methodConfig[0] must be an object, and is 5")]
    [InlineData("""{ "methodConfig": [ { "name": [ { "service": 5 } ] } ] }""", "methodConfig[0].name[0].service must be a text")]
    [InlineData("""{ "methodConfig": [ { "name": [ { "method": "M" } ] } ] }""", "methodConfig[0].name[0] names the method 'M' without its service")]
    [InlineData("""{ "methodConfig": [ { "name": [ {} ] }, { "name": [ {} ] } ] }""", "methodConfig[1].name[0] names the default of all methods twice")]
    [InlineData(
        """{ "methodConfig": [ { "name": [ { "service": "s" }, { "service": "s", "method": null } ] } ] }""", "methodConfig[0].name[1] names 's/' twice")]
    [InlineData("""{ "methodConfig": [ { "waitForReady": "true" } ] }""", "methodConfig[0].waitForReady must be true or false, and is \"true\"")]
    [InlineData("""{ "methodConfig": [ { "timeout": 5 } ] }""", "methodConfig[0].timeout must be seconds")]
    [InlineData("""{ "methodConfig": [ { "timeout": "5" } ] }""", "methodConfig[0].timeout must be seconds")]
    [InlineData("""{ "methodConfig": [ { "timeout": "s" } ] }""", "methodConfig[0].timeout must be seconds")]
    [InlineData("""{ "methodConfig": [ { "timeout": "1e3s" } ] }""", "methodConfig[0].timeout must be seconds")]
    [InlineData("""{ "methodConfig": [ { "timeout": "315576000001s" } ] }""", "methodConfig[0].timeout must be seconds")]
    [InlineData("""{ "methodConfig": [ { "timeout": "0s" } ] }""", "methodConfig[0].timeout must be more than zero")]
    [InlineData("""{ "methodConfig": [ { "maxRequestMessageBytes": -1 } ] }""", "methodConfig[0].maxRequestMessageBytes must be a whole number")]
    [InlineData("""{ "methodConfig": [ { "maxResponseMessageBytes": 1.5 } ] }""", "methodConfig[0].maxResponseMessageBytes must be a whole number")]
    [InlineData("""{ "methodConfig": [ { "retryPolicy": [] } ] }""", "methodConfig[0].retryPolicy must be an object")]
    [InlineData("""{ "methodConfig": [ { "retryPolicy": { "maxAttempts": 1 } } ] }""", "methodConfig[0].retryPolicy.maxAttempts must be 2 or more")]
    [InlineData(
        """{ "methodConfig": [ { "retryPolicy": { "retryableStatusCodes": [ "UNAVAILABLE", "LATER" ] } } ] }""",
        "methodConfig[0].retryPolicy.retryableStatusCodes[1] must be a status code")]
    [InlineData(
        """{ "methodConfig": [ { "retryPolicy": { "retryableStatusCodes": [ 17 ] } } ] }""",
        "methodConfig[0].retryPolicy.retryableStatusCodes[0] must be a status code")]
    [InlineData("""{ "methodConfig": [ { "hedgingPolicy": {} } ] }""", "methodConfig[0].hedgingPolicy.maxAttempts must be 2 or more")]
    [InlineData(
        """{ "methodConfig": [ { "hedgingPolicy": { "maxAttempts": 2, "hedgingDelay": "-1s" } } ] }""",
        "methodConfig[0].hedgingPolicy.hedgingDelay must not be negative")]
    [InlineData(
        """{ "methodConfig": [ { "hedgingPolicy": { "maxAttempts": 2, "nonFatalStatusCodes": [ "OK" ] } } ] }""",
        "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0] is OK")]
    [InlineData(
        """{ "methodConfig": [ { "retryPolicy": {}, "hedgingPolicy": { "maxAttempts": 2 } } ] }""",
        "methodConfig[0].hedgingPolicy stands beside a retryPolicy")]
    [InlineData("""{ "retryThrottling": { "maxTokens": 1001, "tokenRatio": 1 } }""", "retryThrottling.maxTokens must be from 1 to 1000")]
    [InlineData("""{ "retryThrottling": { "maxTokens": 10, "tokenRatio": true } }""", "retryThrottling.tokenRatio must be a number, and is true")]
    [InlineData("""{ "loadBalancingConfig": [ { "a": {}, "b": {} } ] }""", "loadBalancingConfig[0] must have exactly one field")]
    [InlineData("""{ "loadBalancingConfig": [ { "round_robin": 1 } ] }""", "loadBalancingConfig[0].round_robin must be an object")]
    [InlineData("""{ "loadBalancingConfig": [ { "grpclb": {} } ] }""", "loadBalancingConfig names no policy that is known; these are: pick_first")]
    [InlineData("""{ "loadBalancingPolicy": "GRPCLB" }""", "loadBalancingPolicy names no policy that is known")]
    public void Fault_IsNamedByItsPath(string json, string expected)
    {
        Assert.False(ServiceConfig.TryParse(json, out var config, out var fault));

        Assert.Null(config);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Equal(fault, Assert.Throws<FormatException>(() => ServiceConfig.Parse(json)).Message);
    }

    [Fact]
    public void AllFaults_ComeInOneMessage()
    {
        const string Json = """
            { "methodConfig": [ { "timeout": "soon", "retryPolicy": { "maxAttempts": "x", "initialBackoff": "1s" } } ], "retryThrottling": {} }
            """;

        Assert.False(ServiceConfig.TryParse(Json, out _, out var fault));

        foreach (var path in (string[])
            [
                "methodConfig[0].timeout", "methodConfig[0].retryPolicy.maxAttempts", "methodConfig[0].retryPolicy.maxBackoff",
                "methodConfig[0].retryPolicy.backoffMultiplier", "methodConfig[0].retryPolicy.retryableStatusCodes",
                "retryThrottling.maxTokens", "retryThrottling.tokenRatio",
            ])
        {
            // Once each: that a value of the wrong type is also missing is no news.
            Assert.Equal(2, fault!.Split(path + " ").Length);
        }

        Assert.DoesNotContain("initialBackoff", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigsInTheDocumentation_AreUsable()
    {
        var page = File.ReadAllText(RepositoryRoot.Combine("docs/grpc-client.md"));
        var whole = page.Split("ServiceConfig.Parse(\"\"\"")[1].Split("\"\"\"")[0];
        var hedging = page.Split("```json")[1].Split("```")[0];

        Assert.NotNull(Assert.Single(ServiceConfig.Parse(whole).MethodConfigs).RetryPolicy);
        var method = Assert.Single(ServiceConfig.Parse($$"""{ "methodConfig": [ { "name": [ {} ], {{hedging}} } ] }""").MethodConfigs);
        Assert.Equal(3, method.HedgingPolicy!.MaxAttempts);
    }

    [Fact]
    public void LargestDurations_AreTaken()
    {
        var config = ServiceConfig.Parse("""{ "methodConfig": [ { "name": [ {} ], "timeout": "315576000000s" } ] }""");

        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { ServiceConfig = config });
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
    }
}
