using Google.Protobuf;
using Rollcall.Discovery;
using Rollcall.Discovery.Http;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// A plain HTTP/1.1 request of an <see cref="HttpClient"/>, as web APIs are called: to a fixed address, or to a service by its name. The
/// client by name and the one with the address differ in nothing else: both would follow a redirect, and neither has a proxy or cookies.
/// </summary>
internal sealed class HttpCalls : IEchoCalls
{
    private readonly byte[] _message = Messages.Payload.ToByteArray();
    private readonly Func<HttpMessageHandler> _createHandler;
    private readonly Uri _address;
    private HttpClient _client;

    private HttpCalls(Func<HttpMessageHandler> createHandler, string address)
    {
        (_createHandler, _address) = (createHandler, new Uri(address));
        _client = Connect();
    }

    public static HttpCalls ToAddress(string address) =>
        new(() => new SocketsHttpHandler { UseProxy = false, UseCookies = false }, address);

    /// <param name="directory">Knows where the service is.</param>
    public static HttpCalls ToService(EndpointDirectory directory) => new(() => new DiscoveryHandler(directory), "http://bench-echo");

    public async Task<Payload> UnaryAsync()
    {
        using var content = new ByteArrayContent(_message);
        using var response = await _client.PostAsync(CallServer.EchoPath, content);
        return Payload.Parser.ParseFrom(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    public Task ServerStreamAsync(int messages) => throw new NotSupportedException("Only unary calls are compared over HTTP.");

    public Task PingPongAsync(int messages) => throw new NotSupportedException("Only unary calls are compared over HTTP.");

    public void Reconnect()
    {
        _client.Dispose();
        _client = Connect();
    }

    public void Dispose() => _client.Dispose();

    private HttpClient Connect() => new(_createHandler()) { BaseAddress = _address };
}
