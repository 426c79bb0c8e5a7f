using System.Net;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Http;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Faults;

/// <summary>Callers by name that know nothing yet of the instances: a gRPC channel, an HTTP/2 and an HTTP/1.1 client, with one service config.</summary>
internal sealed class FaultClients : IAsyncDisposable
{
    private readonly DirectoryLease _directory;
    private readonly GrpcChannel _channel;
    private readonly HttpClient _http2;
    private readonly HttpClient _http1;

    /// <param name="agent">The agent's address.</param>
    /// <param name="service">The name by the ports of gRPC and HTTP/2.</param>
    /// <param name="config">The service config of all of them, in gRPC's JSON.</param>
    /// <param name="onAttempt">Is told where each attempt went, at its end.</param>
    public FaultClients(Uri agent, string service, string config, Action<Endpoint> onAttempt)
    {
        _directory = ConsulDirectories.Acquire(new ConsulClientOptions { Address = agent });
        _channel = GrpcChannel.ForAddress($"consul://{agent.Authority}/{service}", new GrpcChannelOptions
        {
            ServiceConfig = ServiceConfig.Parse(config),
            OnAttempt = attempt => onAttempt(attempt.Endpoint),
        });
        _http2 = Client(config, onAttempt);
        _http1 = Client(config, onAttempt);
        Kinds =
        [
            new TimedCall("grpc", new GrpcCall(new Echo.EchoClient(_channel))),
            new TimedCall("http2", new Get(_http2, service, HttpVersion.Version20)),
            new TimedCall("http1", new Get(_http1, FaultyInstance.Http1(service), HttpVersion.Version11)),
        ];
    }

    public TimedCall[] Kinds { get; }

    public async ValueTask DisposeAsync()
    {
        _http1.Dispose();
        _http2.Dispose();
        await _channel.DisposeAsync();
        _directory.Dispose();
    }

    private HttpClient Client(string config, Action<Endpoint> onAttempt) =>
        new(new DiscoveryHandler(_directory.Directory, new DiscoveryHandlerOptions
        {
            ServiceConfig = ServiceCallConfig.Parse(config),
            OnAttempt = attempt => onAttempt(attempt.Endpoint),
            Timeout = PacedCalls.Patience,
        }));

    /// <summary>GETs by name.</summary>
    private sealed class Get(HttpClient client, string name, Version version) : IPacedCall
    {
        private readonly Uri _address = new($"http://{name}{FaultyServer.WorkPath}");

        public async Task CallAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await client.SendAsync(request);
            response.EnsureSuccessStatusCode();
            var answer = await response.Content.ReadAsStringAsync();
            if (answer != FaultyServer.Answer)
            {
                throw new InvalidDataException($"The answer was '{answer}'.");
            }
        }
    }
}
