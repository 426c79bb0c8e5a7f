using Grpc.Core;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>A writer for unit tests that implements no more than it must.</summary>
public class FakeStreamWriter<T> : IServerStreamWriter<T>, IClientStreamWriter<T>
{
    public List<T> Written { get; } = new();

    public bool Completed { get; private set; }

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message)
    {
        Written.Add(message);
        return Task.CompletedTask;
    }

    public Task CompleteAsync()
    {
        Completed = true;
        return Task.CompletedTask;
    }
}
