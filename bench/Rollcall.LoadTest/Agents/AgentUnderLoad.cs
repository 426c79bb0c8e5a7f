using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>One of the two agents: its process, and a plain HTTP client onto it.</summary>
internal sealed class AgentUnderLoad : IDisposable
{
    private readonly ServerProcess _process;

    public AgentUnderLoad(string name, ServerProcess process, Uri address)
    {
        Name = name;
        _process = process;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = new Uri(address, "/v1/") };
    }

    public string Name { get; }

    public HttpClient Http { get; }

    public TimeSpan CpuTime => _process.CpuTime;

    /// <summary>Sends and insists on success; the body is read to its end, as a client would.</summary>
    public async Task SendAsync(HttpMethod method, string path, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new ByteArrayContent(body) };
        using var response = await Http.SendAsync(request);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{Name}: {method} {path} answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
    }
}
