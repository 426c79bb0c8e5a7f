using System.Collections.Concurrent;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Every attempt of a channel, in order.</summary>
internal sealed class AttemptLog
{
    private readonly ConcurrentQueue<CallAttempt> _attempts = new();

    public IReadOnlyList<CallAttempt> All => [.. _attempts];

    public void Add(CallAttempt attempt) => _attempts.Enqueue(attempt);
}
