using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Tests.Configuration;

public class ServiceCallConfigTests
{
    [Theory]
    [InlineData("greet.Greeter", "SayHello", "1s")]
    [InlineData("greet.Greeter", "SayGoodbye", "2s")]
    [InlineData("greet.Other", "SayHello", "4s")]
    public void Method_HasTheMostSpecificName(string service, string method, string timeout)
    {
        var config = Named(
            ("""{ "service": "greet.Greeter", "method": "SayHello" }""", "1s"),
            ("""{ "service": "greet.Greeter" }""", "2s"),
            ("""{ "service": "GET greet.Greeter/SayGoodbye" }""", "3s"),
            ("""{}""", "4s"));

        Assert.Equal(timeout, Seconds(config.FindMethod(service, method)));
    }

    [Theory]
    [InlineData("GET", "/v1/orders", "1s", true)]
    [InlineData("GET", "/v1/orders/17/", "1s", true)]
    [InlineData("PUT", "/v1/orders/17", "2s", false)]
    [InlineData("GET", "/v1/ordersandmore", "4s", true)]
    [InlineData("PUT", "/v1/ordersandmore", "3s", false)]
    [InlineData("POST", "/v1/orders/search", "5s", false)]
    [InlineData("GET", "/", "4s", true)]
    [InlineData("get", "/", "3s", false)]
    public void Request_HasTheLongestPathAndOfTwoThatWithItsMethod(string method, string path, string timeout, bool namesMethod)
    {
        var config = Named(
            ("""{ "service": "GET /v1/orders" }""", "1s"),
            ("""{ "service": "/v1/orders/" }""", "2s"),
            ("""{}""", "3s"),
            ("""{ "service": "GET /" }""", "4s"),
            ("""{ "service": "v1/orders", "method": "search" }""", "5s"));

        Assert.Equal(timeout, Seconds(config.FindRequest(method, path, out var named)));
        Assert.Equal(namesMethod, named);
    }

    [Fact]
    public void NothingNamed_IsNothing()
    {
        var config = Named(("""{ "service": "a" }""", "1s"));

        Assert.Null(config.FindMethod("b", "a"));
        Assert.Null(config.FindRequest("GET", "/b/a", out _));
        Assert.Null(ServiceCallConfig.Parse("{}").FindRequest("GET", "/", out _));
    }

    [Fact]
    public void FindRequest_AllocatesNothing()
    {
        var config = Named(("""{ "service": "v1/orders" }""", "1s"), ("""{ "service": "GET v1" }""", "1s"));
        config.FindRequest("GET", "/v1/orders/17", out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            config.FindRequest("GET", "/v1/orders/17", out _);
            config.FindRequest("PUT", "/v2/17", out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("""[ "UNAVAILABLE" ]""", null, "429 502 503 504")]
    [InlineData("""[ "UNKNOWN" ]""", null, "500 501")]
    [InlineData("""[ "INTERNAL", "UNIMPLEMENTED" ]""", null, "")]
    [InlineData("""[ "UNAVAILABLE" ]""", "[ 409, 503 ]", "409 503")]
    public void HttpStatuses_AreThoseOfTheTableOrThoseNamed(string codes, string? http, string expected)
    {
        var own = http is null ? "" : $", \"retryableHttpStatusCodes\": {http}";
        var config = ServiceCallConfig.Parse($$"""
            { "methodConfig": [ { "name": [ {} ], "retryPolicy": {
              "maxAttempts": 3, "initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 1, "retryableStatusCodes": {{codes}}{{own}} } } ] }
            """);

        var retry = config.Methods[0].Retry!.Cap(2);

        int[] statuses = [200, 304, 400, 401, 403, 404, 409, 429, 500, 501, 502, 503, 504];
        Assert.Equal(expected, string.Join(' ', statuses.Where(retry.RetriesHttp)));
    }

    [Fact]
    public void HedgingHttpStatuses_AreThoseOfTheTableOrThoseNamed()
    {
        var config = ServiceCallConfig.Parse("""
            { "methodConfig": [
              { "name": [ {} ], "hedgingPolicy": { "maxAttempts": 3, "nonFatalStatusCodes": [ 14 ] } },
              { "name": [ { "service": "a" } ], "hedgingPolicy": { "maxAttempts": 3, "nonFatalHttpStatusCodes": [ 500 ] } } ] }
            """);

        Assert.True(config.Methods[0].Hedging!.IsNonFatalHttp(503));
        Assert.False(config.Methods[0].Hedging!.IsNonFatalHttp(500));
        Assert.True(config.Methods[1].Hedging!.Cap(2).IsNonFatalHttp(500));
        Assert.False(config.Methods[1].Hedging!.IsNonFatalHttp(503));
        Assert.Equal(CallStatus.Unavailable, Assert.Single(config.Methods[0].Hedging!.NonFatal));
    }

    [Fact]
    public void Balancing_IsTheFirstPolicyThatIsKnownWithItsFields()
    {
        var config = ServiceCallConfig.Parse("""
            { "loadBalancingConfig": [ { "xds_experimental": { "a": 1 } }, { "pick_first": { "shuffleAddressList": true } }, { "round_robin": {} } ] }
            """);

        Assert.Equal("pick_first", config.Balancing!.Name);
        Assert.Equal(["xds_experimental", "pick_first", "round_robin"], config.BalancingChoices.Select(c => c.Name));
        Assert.Equal(config.BalancingChoices[1], ServiceCallConfig.Parse("""
            { "loadBalancingConfig": [ { "pick_first": { "shuffleAddressList": true } } ] }
            """).BalancingChoices[0]);
        Assert.Null(ServiceCallConfig.Parse("{}").Balancing);
    }

    [Fact]
    public void UnknownFields_AreNamed()
    {
        var config = ServiceCallConfig.Parse("""
            { "healthCheckConfig": {}, "methodConfig": [ { "name": [ { "servce": "x" } ], "timeuot": "1s" } ], "loadBalancingPolicy": "random" }
            """);

        Assert.Equal(["methodConfig[0].name[0].servce", "methodConfig[0].timeuot", "healthCheckConfig"], config.UnknownFields.AsEnumerable());
    }

    [Fact]
    public void WhatIsAboutNoMethod_HasNoEffect()
    {
        var config = ServiceCallConfig.Parse("""{ "methodConfg": [], "methodConfig": [ { "timeout": "1s" }, { "name": [ {} ] }, { "name": [] } ] }""");

        Assert.Single(config.Methods);
        Assert.Equal(["methodConfg", "methodConfig[0]", "methodConfig[2]"], config.WithoutEffect.Select(static part => part.Path));
        Assert.Equal(["methodConfg"], config.UnknownFields.AsEnumerable());
    }

    [Fact]
    public void FaultsOfAWrapperAndItsChild_AreToldTogether_EachByItsPath()
    {
        Assert.False(ServiceCallConfig.TryParse(
            """{ "loadBalancingConfig": [ { "stages": { "panicThreshold": 101, "child_policy": [ { "none": {} }, { "least_request": { "choiceCount": 1 } } ] } } ] }""",
            out _,
            out var faults));

        Assert.Equal(
            ["loadBalancingConfig[0].stages", "loadBalancingConfig[0].stages.child_policy[1].least_request"], faults.Select(static fault => fault.Path));
        Assert.Contains("panicThreshold", faults[0].Problem, StringComparison.Ordinal);
        Assert.Contains("choiceCount", faults[1].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "loadBalancingConfig": [ { "pick_first": { "shuffle": true } } ] }""", "loadBalancingConfig[0].pick_first", "shuffle is not known")]
    [InlineData("""{ "methodConfig": [ { "name": [ { "service": "/a/" }, { "service": "a" } ] } ] }""", "methodConfig[0].name[1]", "names 'a/' twice")]
    [InlineData("""{ "methodConfig": [ { "retryPolicy": { "retryableHttpStatusCodes": [ 302 ] } } ] }""", "methodConfig[0].retryPolicy.retryableHttpStatusCodes[0]", "from 400 to 599")]
    [InlineData("""{ "loadBalancingPolicy": "\ud800" }""", "", "no Unicode")]
    [InlineData("""{ "methodConfig": [ { "name": [ { "service": "\udc00" } ] } ] }""", "", "no Unicode")]
    public void Fault_HasItsPath(string json, string path, string problem)
    {
        Assert.False(ServiceCallConfig.TryParse(json, out _, out var faults));

        Assert.Contains(faults, fault => fault.Path == path && fault.Problem.Contains(problem, StringComparison.Ordinal));
    }

    private static ServiceCallConfig Named(params (string Name, string Timeout)[] methods) => ServiceCallConfig.Parse(
        $$"""{ "methodConfig": [ {{string.Join(", ", methods.Select(m => $$"""{ "name": [ {{m.Name}} ], "timeout": "{{m.Timeout}}" }"""))}} ] }""");

    private static string? Seconds(MethodCallConfig? config) => config?.Timeout is { } timeout ? $"{timeout.TotalSeconds}s" : null;
}
