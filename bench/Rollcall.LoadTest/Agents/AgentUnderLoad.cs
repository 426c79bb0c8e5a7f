using System.Globalization;
using System.Net;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>One of the agents: its process, and plain clients onto it.</summary>
internal sealed class AgentUnderLoad : IDisposable
{
    private readonly ServerProcess _process;

    public AgentUnderLoad(string name, ServerProcess process, Uri address, IPEndPoint dns)
    {
        Name = name;
        _process = process;
        EndPoint = IPEndPoint.Parse(address.Authority);
        Dns = dns;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = new Uri(address, "/v1/") };
    }

    public string Name { get; }

    public HttpClient Http { get; }

    /// <summary>Where HTTP is.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where DNS is, over UDP.</summary>
    public IPEndPoint Dns { get; }

    public TimeSpan CpuTime => _process.CpuTime;

    /// <summary>Memory of the process that is in use, in bytes: what it has written to, and what it has mapped of its files.</summary>
    public long ResidentBytes => Status("VmRSS:");

    /// <summary>The part of it that is no page of a file, which every process of that file shares.</summary>
    public long OwnBytes => ResidentBytes - Status("RssFile:");

    /// <summary>Sends and insists on success; the body is read to its end, as a client would.</summary>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new ByteArrayContent(body) };
        using var response = await Http.SendAsync(request);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadAsByteArrayAsync()
            : throw new InvalidOperationException(
                $"{Name}: {method} {path} answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
    }

    private long Status(string line) => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(text => text.StartsWith(line, StringComparison.Ordinal))[line.Length..^3],
        NumberStyles.AllowLeadingWhite,
        CultureInfo.InvariantCulture);
}
