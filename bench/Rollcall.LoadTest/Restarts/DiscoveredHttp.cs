using System.Net;
using Rollcall.Consul;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Http;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Restarts;

/// <summary>POSTs by name through the discovery handler: what a server may have acted on is not sent again.</summary>
internal sealed class DiscoveredHttp : IPacedCall, IDisposable
{
    private static readonly Uri s_address = new($"http://{CallServer.ServiceName}{CallServer.EchoPath}");

    private readonly DirectoryLease _directory;
    private readonly HttpClient _client;

    public DiscoveredHttp(Uri agent)
    {
        _directory = ConsulDirectories.Acquire(new ConsulClientOptions { Address = agent });
        _client = new HttpClient(new DiscoveryHandler(_directory.Directory)) { Timeout = PacedCalls.Patience };
    }

    public async Task CallAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, s_address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("hello"),
        };
        using var response = await _client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadAsStringAsync();
        if (answer != "hello")
        {
            throw new InvalidDataException($"The answer was '{answer}'.");
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _directory.Dispose();
    }
}
