using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>A token that is replaced in its file as the service runs.</summary>
public sealed class RegistrationTokenTests : IDisposable
{
    private const string Look = "/v1/agent/service/a-";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    // The agent tells the catalog of a service with the token that it was registered with, whatever others carry later.
    [Theory]
    [InlineData(Look)]
    [InlineData("/v1/catalog/nodes")]
    public async Task TokenIsReplaced_RegistersOnceMoreWithTheNewOne(string refused)
    {
        await File.WriteAllTextAsync(_file, "old");
        await using var registration = await VirtualRegistration.StartAsync(static _ => { }, tokenFile: _file);
        registration.Log.Expect(static e => e.Level == LogLevel.Error);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        var registered = new ConcurrentQueue<string>();
        registration.Answer = request =>
        {
            var token = request.Headers.GetValues("X-Consul-Token").Single();
            var path = request.RequestUri!.AbsolutePath;
            if (path == "/v1/agent/service/register")
            {
                registered.Enqueue(token);
            }

            return token == "old" && path.StartsWith(refused, StringComparison.Ordinal)
                ? new(HttpStatusCode.Forbidden) { Content = new StringContent("ACL not found") }
                : null;
        };
        await File.WriteAllTextAsync(_file, "new");
        if (refused != Look)
        {
            await LooksAsync(registration);
            Assert.Empty(registered);
            await Assert.ThrowsAsync<ConsulException>(() => registration.Client.Catalog.NodesAsync().WithinAsync());
        }

        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => !registered.IsEmpty);
        await LooksAsync(registration);

        Assert.Equal("new", Assert.Single(registered));
        Assert.True(registration.State.IsSettled);
        Assert.Single(registration.Log.Entries, static e => e.Message.Contains("with a token that was replaced; registering again", StringComparison.Ordinal));
    }

    private static Task LooksAsync(VirtualRegistration registration)
    {
        var before = registration.Requests(Look).Count;
        return registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => registration.Requests(Look).Count > before + 3);
    }
}
