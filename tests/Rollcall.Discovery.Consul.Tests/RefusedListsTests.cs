using System.Net;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>What the log says of a second list while a first one fails alike.</summary>
public sealed class RefusedListsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(403, "Permission denied", 2)]
    [InlineData(403, "ACL not found", 1)]
    [InlineData(500, "No cluster leader", 1)]
    [InlineData(400, "Client sent an HTTP request to an HTTPS server.", 1)]
    public async Task List_HasALineWhereItIsRefused_AndNoneInAnOutage(int status, string said, int lines)
    {
        using var client = Client(status, said);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client), timeProvider: _time, loggerFactory: _log);
        await using var audit = directory.Watch(new ServiceQuery("audit"));
        await Eventually.TrueAsync(() => audit.Failure is not null);
        await using var billing = directory.Watch(new ServiceQuery("billing"));
        await Eventually.TrueAsync(() => billing.Failure is not null);

        Assert.Equal(lines, _log.Entries.Count(static entry => entry.Level == LogLevel.Warning));
    }

    [Theory]
    [InlineData(403, "Permission denied", 2)]
    [InlineData(403, "ACL not found", 1)]
    [InlineData(500, "No cluster leader", 1)]
    public async Task Config_HasALineWhereItIsRefused_AndNoneInAnOutage(int status, string said, int lines)
    {
        using var client = Client(status, said);
        await using var directory = new ServiceConfigDirectory([new ConsulServiceConfigSource(client)], _time, _log);
        using var audit = directory.Watch(new ServiceConfigQuery("audit"));
        await Eventually.TrueAsync(() => _log.Entries.Any(static entry => entry.Message.Contains("service config of audit", StringComparison.Ordinal)));
        using var billing = directory.Watch(new ServiceConfigQuery("billing"));
        await Eventually.TrueAsync(() => _log.Entries.Any(static entry => entry.Message.Contains("service config of billing", StringComparison.Ordinal)));

        Assert.Equal(lines, _log.Entries.Count(static entry => entry.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task FilterThatIsWrong_IsOfItsListAlone()
    {
        using var client = Client(400, "Failed to create boolean expression evaluator");
        var refusal = await Assert.ThrowsAsync<ConsulException>(() => client.Health.ServiceAsync("audit").WithinAsync());
        var source = new ConsulEndpointSource(client);

        Assert.True(source.IsRefusal(new ServiceQuery("audit") { Filter = "no" }, refusal));
        Assert.False(source.IsRefusal(new ServiceQuery("audit"), refusal));
    }

    [Fact]
    public async Task PreparedQueryThatIsRefused_IsOfItsListAlone()
    {
        using var client = Client(403, "Permission denied");
        var refusal = await Assert.ThrowsAsync<ConsulException>(() => client.Queries.ExecuteAsync("audit").WithinAsync());
        var source = new PreparedQueryEndpointSource(client);

        Assert.True(source.IsRefusal(new ServiceQuery("audit"), refusal));
        Assert.True(source.IsRefusal(new ServiceQuery("audit"), new NotSupportedException()));
        Assert.False(source.IsRefusal(new ServiceQuery("audit"), new IOException()));
    }

    private static ConsulClient Client(int status, string said) => new(
        new ConsulClientOptions { Address = new Uri("http://127.0.0.1:1"), MinQueryInterval = TimeSpan.Zero }, new Same((HttpStatusCode)status, said));

    private sealed class Same(HttpStatusCode status, string said) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(said) });
    }
}
