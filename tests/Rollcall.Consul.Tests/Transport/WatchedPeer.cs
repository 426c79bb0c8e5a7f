using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

/// <summary>A peer with one thing to watch: answers at once what is above the asked index, else when it changes.</summary>
internal sealed class WatchedPeer : IAsyncDisposable
{
    public const string OneInstance =
        """[{"Node":{"Node":"n","Address":"10.0.0.1","Datacenter":"dc1"},"Service":{"ID":"a","Service":"a","Address":"10.0.0.1","Port":80}}]""";

    private readonly Lock _lock = new();
    private LoopbackPeer? _peer;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously); // guarded by _lock
    private ulong _index; // guarded by _lock
    private ulong? _last; // guarded by _lock; what the query that waits is answered with
    private string _lastBody = ""; // guarded by _lock
    private int _status = 200; // guarded by _lock

    private WatchedPeer(ulong index) => _index = index;

    public Uri Address => _peer!.Address;

    /// <summary>What answers say.</summary>
    public string Body { get; set; } = "[]";

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

    /// <summary>Answers whoever waits with what was there and its index, and has another one from then on, as after the restoring of a snapshot.</summary>
    public void PutAside(ulong index, string body = "[]")
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            (_last, _lastBody, _index, Body, waiting) = (_index, Body, index, body, _changed);
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
                change = _last == asked ? Task.CompletedTask : _changed.Task;
            }
        }

        if (change is not null)
        {
            await change.WaitAsync(context.RequestAborted);
        }

        string body;
        lock (_lock)
        {
            context.Response.StatusCode = _status;
            (var index, body) = change is not null && _last is { } last ? (last, _lastBody) : (_index, Body);
            _last = null;
            context.Response.Headers[ConsulHeaders.Index] = _status == 500 ? "1" : index.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(context.Response.StatusCode == 200 ? body : "rpc error making call: EOF");
    }
}
