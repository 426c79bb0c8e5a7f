using Google.Protobuf;
using Rollcall.Discovery;
using Rollcall.Discovery.Http;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// A plain HTTP/1.1 request of an <see cref="HttpClient"/>, as web APIs are called: to a fixed address, or to a service by its name. The
/// client by name and the one with the address differ in nothing else.
/// </summary>
internal sealed class HttpCalls : IEchoCalls
{
    private readonly HttpClient _client;
    private readonly byte[] _message = Messages.Payload.ToByteArray();

    private HttpCalls(HttpMessageHandler handler, string address) => _client = new HttpClient(handler) { BaseAddress = new Uri(address) };

    public static HttpCalls ToAddress(string address) => new(CreateHandler(), address);

    /// <param name="directory">Knows where the service is.</param>
    public static HttpCalls ToService(EndpointDirectory directory) =>
        new(new DiscoveryHandler(directory), "http://bench-echo");

    public async Task<Payload> UnaryAsync()
    {
        using var content = new ByteArrayContent(_message);
        using var response = await _client.PostAsync(CallServer.EchoPath, content);
        return Payload.Parser.ParseFrom(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    public Task ServerStreamAsync(int messages) => throw new NotSupportedException("Only unary calls are compared over HTTP.");

    public Task PingPongAsync(int messages) => throw new NotSupportedException("Only unary calls are compared over HTTP.");

    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler CreateHandler() => new() { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
}
