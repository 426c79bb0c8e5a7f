using System.Net;
using System.Net.Sockets;
using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

/// <summary>What is large takes its time: silence is what ends it.</summary>
public sealed class SnapshotClientTests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly SemaphoreSlim _more = new(0);

    [Fact]
    public async Task Save_AnswerThatComesInPieces_MayTakeLongerThanTheTimeout()
    {
        byte[][] pieces = [[1], [2], [3], [4]];
        await using var peer = await StartAsync(pieces);
        using var client = Client(peer.Address);
        var saving = client.Snapshot.SaveAsync();
        await SendAsync(pieces.Length);
        Assert.Equal([1, 2, 3, 4], (await saving.WithinAsync()).Value.ToArray());
    }

    [Fact]
    public async Task KvList_AnswerThatComesInPieces_MayTakeLongerThanTheTimeout()
    {
        byte[][] pieces = [.. new[] { """[{"Key":"a",""", """ "Value":"dg==","Flags":0},""", """ {"Key":"b",""", """ "Value":null}]""" }.Select(Encoding.UTF8.GetBytes)];
        await using var peer = await StartAsync(pieces);
        using var client = Client(peer.Address);
        var listing = client.Kv.ListAsync("");
        await SendAsync(pieces.Length);
        Assert.Equal(["a", "b"], (await listing.WithinAsync()).Value.Select(static pair => pair.Key));
    }

    [Fact]
    public async Task Save_AnswerThatStops_IsATimeout()
    {
        await using var peer = await StartAsync([[1], [2]]);
        using var client = Client(peer.Address);
        var saving = client.Snapshot.SaveAsync();
        await SendAsync(1);
        await _time.WaitForTimerDueInAsync(s_timeout);
        _time.Advance(s_timeout);
        var failure = await Assert.ThrowsAsync<ConsulException>(() => saving.WithinAsync());
        Assert.Equal(ConsulErrorOrigin.Timeout, failure.Origin);
        Assert.DoesNotContain("may have been done", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_AgentThatReadsSlowly_GetsItAll()
    {
        // More than sockets hold, so that it is seen how far the agent has read.
        var archive = new byte[48 << 20];
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = Client(new Uri($"http://{listener.LocalEndpoint}"));
        var restoring = client.Snapshot.RestoreAsync(archive);
        using var peer = await listener.AcceptTcpClientAsync().WithinAsync();
        var stream = peer.GetStream();
        var buffer = new byte[archive.Length / 4];
        for (var i = 0; i < 3; i++)
        {
            await _time.WaitForTimerDueInAsync(s_timeout);
            _time.Advance(s_slow);
            await stream.ReadExactlyAsync(buffer).AsTask().WithinAsync();
        }

        // The rest, and then the restoring itself.
        var left = archive.Length - (3 * buffer.Length);
        while (left > 0)
        {
            left -= await stream.ReadAsync(buffer).AsTask().WithinAsync();
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray()).AsTask().WithinAsync();
        await restoring.WithinAsync();
    }

    [Fact]
    public async Task Restore_NoAnswer_SaysThatItMayHaveBeenDone()
    {
        await using var peer = await LoopbackPeer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var client = Client(peer.Address);
        var restoring = client.Snapshot.RestoreAsync(new byte[] { 1 });
        await Eventually.TrueAsync(() => peer.Open == 1);
        _time.Advance(s_timeout);
        var failure = await Assert.ThrowsAsync<ConsulException>(() => restoring.WithinAsync());
        Assert.Equal(ConsulErrorOrigin.Timeout, failure.Origin);
        Assert.Contains("may have been done", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _more.Dispose();

    private ConsulClient Client(Uri address) => new(TestClients.Options(address, static options => options.Timeout = s_timeout), _time);

    private Task<LoopbackPeer> StartAsync(IReadOnlyList<byte[]> pieces) => LoopbackPeer.StartAsync(async context =>
    {
        context.Response.Headers["X-Consul-Index"] = "1";
        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();
        foreach (var piece in pieces)
        {
            await _more.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    });

    /// <summary>Each piece ten seconds after the client has begun to wait for it.</summary>
    private async Task SendAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _time.WaitForTimerDueInAsync(s_timeout);
            _time.Advance(s_slow);
            _more.Release();
        }
    }
}
