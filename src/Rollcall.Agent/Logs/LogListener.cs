using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Logs;

/// <summary>Somebody who reads along. What comes faster than it is read is dropped, the newest first, as in Consul.</summary>
internal sealed class LogListener(LogLevel level, Action<LogListener> end) : IDisposable
{
    // Consul's buffer.
    private const int Capacity = 512;

    private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public LogLevel Level { get; } = level;

    public ChannelReader<LogLine> Lines => _lines.Reader;

    public void Add(in LogLine line) => _lines.Writer.TryWrite(line);

    /// <summary>There will be no more lines.</summary>
    public void Complete() => _lines.Writer.TryComplete();

    public void Dispose() => end(this);
}
