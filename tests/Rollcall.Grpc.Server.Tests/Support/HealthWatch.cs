using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A caller that watches the health of a service.</summary>
internal sealed class HealthWatch : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _stream;

    private HealthWatch(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _stream = stream;
    }

    public static async Task<HealthWatch> OpenAsync(GrpcTestServer server, string service = "")
    {
        var response = await server.Caller.StartAsync(
            "/grpc.health.v1.Health/Watch", new ByteArrayContent(RawCaller.Frame(new HealthCheckRequest { Service = service })), CancellationToken.None);
        return new HealthWatch(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Waits for the next status.</summary>
    public async Task<ServingStatus> ReadAsync()
    {
        var prefix = new byte[5];
        await _stream.ReadExactlyAsync(prefix).AsTask().WithinAsync();
        var payload = new byte[prefix[4]];
        await _stream.ReadExactlyAsync(payload).AsTask().WithinAsync();
        return HealthCheckResponse.Parser.ParseFrom(payload).Status;
    }

    /// <summary>Waits for the end and gives the status of the call.</summary>
    public async Task<string> ReadEndAsync()
    {
        Assert.Equal(0, await _stream.ReadAsync(new byte[1]).AsTask().WithinAsync());
        return Assert.Single(_response.TrailingHeaders.GetValues("grpc-status"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _response.Dispose();
    }
}
