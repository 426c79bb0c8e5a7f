using System.Collections.Concurrent;
using Grpc.Core;

namespace Rollcall.Cli.Tests.Commands.Calls;

/// <summary>What the chat service saw.</summary>
internal sealed class ChatCalls
{
    private readonly ConcurrentQueue<DateTime> _deadlines = [];

    public IReadOnlyCollection<DateTime> Deadlines => _deadlines;

    /// <summary>Completes when a caller that was waiting has gone.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(ServerCallContext context) => _deadlines.Enqueue(context.Deadline);
}
