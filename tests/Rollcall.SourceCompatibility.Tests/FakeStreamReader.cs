using Grpc.Core;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>A reader for unit tests.</summary>
public class FakeStreamReader<T>(params T[] items) : IAsyncStreamReader<T>
{
    private int _index = -1;

    public T Current => items[_index];

    public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_index < items.Length);
}
