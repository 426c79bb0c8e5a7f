using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

/// <summary>A peer with one thing to watch: answers at once what is above the asked index, else when it changes.</summary>
internal sealed class WatchedPeer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private LoopbackPeer? _peer;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously); // guarded by _lock
    private ulong _index; // guarded by _lock
    private int _status = 200; // guarded by _lock

    private WatchedPeer(ulong index) => _index = index;

    public Uri Address => _peer!.Address;

    public int Open => _peer!.Open;

    public IReadOnlyList<string> Targets => [.. _peer!.Requests.Select(r => r.Target)];

    public static async Task<WatchedPeer> StartAsync(ulong index)
    {
        var watched = new WatchedPeer(index);
        watched._peer = await LoopbackPeer.StartAsync(watched.AnswerAsync);
        return watched;
    }

    /// <summary>Sets the index and answers whoever waits.</summary>
    public void Change(ulong index, int status = 200)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            (_index, _status, waiting) = (index, status, _changed);
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }

    public ValueTask DisposeAsync() => _peer!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        _ = ulong.TryParse(context.Request.Query["index"], CultureInfo.InvariantCulture, out var asked);
        Task? change = null;
        lock (_lock)
        {
            if (asked > 0 && asked >= _index)
            {
                change = _changed.Task;
            }
        }

        if (change is not null)
        {
            await change.WaitAsync(context.RequestAborted);
        }

        lock (_lock)
        {
            context.Response.StatusCode = _status;
            context.Response.Headers[ConsulHeaders.Index] = _status == 500 ? "1" : _index.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(context.Response.StatusCode == 200 ? "[]" : "rpc error making call: EOF");
    }
}
