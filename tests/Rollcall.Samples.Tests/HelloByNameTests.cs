using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class HelloByNameTests
{
    [Fact]
    public Task OnItsOwnAgent_IsCalledByName() => RunAsync(null);

    [Fact]
    public async Task OnItsOwnAgent_WhatTheEnvironmentSaysOfAnotherOneDoesNoHarm()
    {
        var environment = Sample.Environment(null);
        environment["CONSUL_HTTP_SSL"] = "true";
        var output = await ChildProcess.RunAsync("dotnet", [Sample.Assembly("HelloByName")], environment, timeout: TimeSpan.FromSeconds(60));
        Assert.Equal("Hello Yu Gambler", output.Output.Trim());
    }

    [RequiresConsulFact]
    public async Task OnRealConsul_IsCalledByName()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address);
    }

    private static async Task RunAsync(Uri? consul)
    {
        var output = await Sample.RunAsync("HelloByName", consul);
        Assert.Equal("Hello Yu Gambler", output.Output.Trim());
    }
}
