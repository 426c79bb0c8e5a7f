using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>Keeps what runners report, in order.</summary>
internal sealed class RecordingSink : ICheckSink
{
    private readonly Channel<(string CheckId, string Status, string Output)> _reports =
        Channel.CreateUnbounded<(string CheckId, string Status, string Output)>(); // bounded by what a test provokes

    public ConcurrentQueue<string> Deregistered { get; } = [];

    public bool HasReport => _reports.Reader.TryPeek(out _);

    /// <summary>Whether reports are kept; one that is not is recorded, too.</summary>
    public bool Keeps { get; set; } = true;

    public Task<bool> ReportAsync(string checkId, string status, string output)
    {
        _reports.Writer.TryWrite((checkId, status, output));
        return Task.FromResult(Keeps);
    }

    public void DeregisterService(string serviceId) => Deregistered.Enqueue(serviceId);

    /// <summary>The next report that was not taken yet.</summary>
    public async Task<(string CheckId, string Status, string Output)> NextAsync(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        await _reports.Reader.ReadAsync().AsTask().WithinAsync(file: file, line: line);
}
