using System.Text.Json;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class BalancingConfigTests
{
    private static (string Policy, ServiceBalancerOptions Options) Read(string name, string json, ServiceBalancerOptions? defaults = null)
    {
        using var document = JsonDocument.Parse(json);
        Assert.True(BalancingConfig.TryRead(name, document.RootElement, defaults, out var policy, out var options, out var fault), fault);
        return (policy.Name, options);
    }

    private static string Fault(string name, string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.False(BalancingConfig.TryRead(name, document.RootElement, null, out var policy, out var options, out var fault));
        Assert.Null(policy);
        Assert.Null(options);
        return fault;
    }

    [Fact]
    public void OutlierDetection_AsInGrpc()
    {
        var (policy, options) = Read("outlier_detection_experimental", """
            {
              "interval": "5s", "baseEjectionTime": "15s", "maxEjectionTime": "60.5s", "maxEjectionPercent": 20,
              "successRateEjection": { "stdevFactor": 1500, "enforcementPercentage": 50, "minimumHosts": 3, "requestVolume": 10 },
              "failurePercentageEjection": { "threshold": 70, "enforcementPercentage": 60, "minimumHosts": 4, "requestVolume": "20" },
              "childPolicy": [ { "unheard_of": {} }, { "least_request_experimental": { "choiceCount": 3 } }, { "round_robin": {} } ]
            }
            """);

        Assert.Equal("least_request", policy);
        var ejection = options.OutlierEjection;
        Assert.Equal(TimeSpan.FromSeconds(5), ejection.Interval);
        Assert.Equal(TimeSpan.FromSeconds(15), ejection.BaseEjectionTime);
        Assert.Equal(TimeSpan.FromSeconds(60.5), ejection.MaxEjectionTime);
        Assert.Equal((20, 5), (ejection.MaxEjectionPercent, ejection.ConsecutiveFailures));
        Assert.Equal((1.5, 50, 3, 10), (ejection.SuccessRate!.StdevFactor, ejection.SuccessRate.EnforcementPercent, ejection.SuccessRate.MinimumHosts, ejection.SuccessRate.RequestVolume));
        Assert.Equal((70, 60, 4, 20), (ejection.FailurePercentage!.Threshold, ejection.FailurePercentage.EnforcementPercent, ejection.FailurePercentage.MinimumHosts, ejection.FailurePercentage.RequestVolume));
        Assert.Null(ejection.Latency);
    }

    [Fact]
    public void EmptyRules_HaveTheirDefaults_AndNullRulesAreOff()
    {
        var (_, options) = Read("outlier_detection_experimental", """
            { "success_rate_ejection": {}, "failurePercentageEjection": null, "latencyEjection": { "factor": 4, "minimumExcess": "0.02s" },
              "consecutiveFailures": 0, "childPolicy": [ { "round_robin": {} } ] }
            """);

        Assert.Equal((1.9, 5, 100), (options.OutlierEjection.SuccessRate!.StdevFactor, options.OutlierEjection.SuccessRate.MinimumHosts, options.OutlierEjection.SuccessRate.RequestVolume));
        Assert.Null(options.OutlierEjection.FailurePercentage);
        Assert.Equal((4, TimeSpan.FromMilliseconds(20)), (options.OutlierEjection.Latency!.Factor, options.OutlierEjection.Latency.MinimumExcess));
        Assert.Equal(0, options.OutlierEjection.ConsecutiveFailures);
    }

    [Fact]
    public void Wrappers_Nest()
    {
        var (policy, options) = Read("random_subsetting_experimental", """
            { "subsetSize": 20, "childPolicy": [ { "outlier_detection_experimental": { "interval": "1s", "childPolicy": [ { "random": {} } ] } } ] }
            """);

        Assert.Equal("random", policy);
        Assert.Equal((20, TimeSpan.FromSeconds(1)), (options.Subset.Size, options.OutlierEjection.Interval));
    }

    [Fact]
    public void Stages_SetEverything()
    {
        var defaults = new ServiceBalancerOptions { Locality = { Node = "n1" } };
        var (policy, options) = Read("stages", """
            {
              "unreachableCooldown": "2s", "maxUnreachableCooldown": "20s", "panicThreshold": 40, "maxInFlight": 9,
              "outlierDetection": { "maxEjectionPercent": 30 },
              "slowStart": { "window": "60s", "aggression": 1.5, "minWeightPercent": 5 },
              "subset": { "size": 30, "clientId": "me" },
              "locality": { "zone": "a", "datacenters": ["dc1", "dc2"], "overprovisioningFactor": 1.2 },
              "childPolicy": [ { "round_robin": {} } ]
            }
            """, defaults);

        Assert.Equal("round_robin", policy);
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20), 40), (options.UnreachableCooldown, options.MaxUnreachableCooldown, options.PanicThreshold));
        Assert.Equal((30, 9), (options.OutlierEjection.MaxEjectionPercent, options.MaxInFlight));
        Assert.Equal((TimeSpan.FromSeconds(60), 1.5, 5), (options.SlowStart.Window, options.SlowStart.Aggression, options.SlowStart.MinWeightPercent));
        Assert.Equal((30, "me"), (options.Subset.Size, options.Subset.ClientId));
        Assert.Equal(("n1", "a", 1.2), (options.Locality.Node, options.Locality.Zone, options.Locality.OverprovisioningFactor));
        Assert.Equal(["dc1", "dc2"], options.Locality.Datacenters);
        Assert.Null(defaults.Locality.Zone);
        _ = options.CopyValidated("options");
    }

    [Fact]
    public void PlainPolicy_KeepsTheDefaults()
    {
        var (policy, options) = Read("round_robin", "{}", new ServiceBalancerOptions { PanicThreshold = 7 });

        Assert.Equal(("round_robin", 7), (policy, options.PanicThreshold));
    }

    [Fact]
    public void Faults_AreAllNamed()
    {
        var fault = Fault("stages", """
            { "panicThreshold": 101, "outlierDetection": { "interval": 5, "successRateEjection": { "stdevFactor": 0 } }, "slowStart": { "windw": "1s" },
              "subset": [], "locality": { "datacenters": [1] }, "maxUnreachableCooldown": "0.1s", "childPolicy": [ { "unheard_of": {} } ] }
            """);

        foreach (var part in new[]
        {
            "panicThreshold must be a whole number from 0 to 100, and is 101", "outlierDetection: interval must be seconds", "successRateEjection: stdevFactor",
            "slowStart: windw is not known", "subset: they must be an object", "locality: datacenters must be a list of texts",
            "maxUnreachableCooldown must not be less", "childPolicy names no policy that is known, but 'unheard_of'; these are: pick_first, random, ",
        })
        {
            Assert.Contains(part, fault, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("outlier_detection_experimental", """{ "childPolicy": [ { "outlier_detection_experimental": { "childPolicy": [ { "round_robin": { "x": 1 } } ] } } ] }""", "x is not known")]
    [InlineData("outlier_detection_experimental", "{}", "childPolicy must list")]
    [InlineData("outlier_detection_experimental", "null", "childPolicy must list")]
    [InlineData("random_subsetting_experimental", """{ "childPolicy": [ { "round_robin": {} } ] }""", "subsetSize is missing")]
    [InlineData("stages", "7", "they must be an object")]
    [InlineData("unheard_of", "{}", "There is no balancing policy 'unheard_of'")]
    [InlineData("stages", """{ "panicThreshold": 101, "childPolicy": [ { "random": { "x": 1 } } ] }""", "to 100, and is 101. The fields of 'random' can't be used: x is not known")]
    public void Faulty_SaysWhat(string name, string json, string part) => Assert.Contains(part, Fault(name, json), StringComparison.Ordinal);

    [Theory]
    [InlineData("stages", true)]
    [InlineData("outlier_detection_experimental", true)]
    [InlineData("round_robin", true)]
    [InlineData("unheard_of", false)]
    public void IsKnown(string name, bool known) => Assert.Equal(known, BalancingConfig.IsKnown(name));
}
