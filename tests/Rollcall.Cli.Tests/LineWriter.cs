using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>Standard output of a command under test: all of it, and line by line while the command runs.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(); // bounded by what a test's command prints
    private readonly StringBuilder _all = new(); // under _lock
    private readonly StringBuilder _line = new(); // under _lock
    private readonly Lock _lock = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_lock)
        {
            _all.Append(value);
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            _lines.Writer.TryWrite(_line.ToString());
            _line.Clear();
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return _all.ToString();
        }
    }

    /// <summary>The next line that was not taken yet.</summary>
    public async Task<string> NextAsync([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        await _lines.Reader.ReadAsync().AsTask().WithinAsync(TimeSpan.FromSeconds(20), file: file, line: line);
}
