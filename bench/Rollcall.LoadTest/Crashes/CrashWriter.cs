using System.Globalization;
using Rollcall.Consul;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Counts upwards in a key of its own, and knows how far the agent has said that it got.</summary>
internal sealed class CrashWriter(int number)
{
    private readonly string _key = string.Create(CultureInfo.InvariantCulture, $"crash/{number}");
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;
    private long _acknowledged;
    private long _count;
    private ulong _index;

    /// <summary>Writes that the agent said it made.</summary>
    public long Acknowledged => _count;

    /// <summary>Completes when the first write since the last check was acknowledged.</summary>
    public Task HasWrittenAsync() => _written.Task;

    /// <summary>Writes until the agent is gone.</summary>
    public async Task WriteUntilBrokenAsync(ConsulClient consul, CancellationToken cancel)
    {
        // A write that was on its way at the last kill may have been made, or not; the count goes on behind it.
        while (true)
        {
            _sent++;
            try
            {
                await consul.Kv.PutAsync(_key, _sent.ToString(CultureInfo.InvariantCulture), cancellationToken: cancel);
            }
            catch (ConsulException)
            {
                return;
            }

            _acknowledged = _sent;
            _count++;
            _written.TrySetResult();
        }
    }

    /// <summary>Compares what the agent holds with what it acknowledged before it was killed.</summary>
    public async Task<(bool Lost, bool Backwards)> CheckAsync(ConsulClient consul, CancellationToken cancel)
    {
        var answer = await consul.Kv.GetAsync(_key, cancellationToken: cancel);
        var found = answer.Value is { Value: { } bytes } ? long.Parse(bytes, CultureInfo.InvariantCulture) : 0;
        var result = (Lost: found < _acknowledged || found > _sent, Backwards: answer.Index < _index);
        _index = answer.Index;
        _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return result;
    }
}
