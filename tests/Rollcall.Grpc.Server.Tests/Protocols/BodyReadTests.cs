using System.Buffers;
using System.IO.Pipelines;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Reads of a body that their token ends.</summary>
public sealed class BodyReadTests
{
    [Fact]
    public async Task BodyOfWhichPartHasCome_EndsByTheToken()
    {
        var pipe = new Pipe();
        using var deadline = new CancellationTokenSource();
        await pipe.Writer.WriteAsync("{"u8.ToArray());
        var frame = RequestFrame.ReadAsync(pipe.Reader, null, 100, static body => body.ToArray(), deadline.Token).AsTask();

        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => frame.WithinAsync());
    }

    [Fact]
    public async Task ReadThatIsEnded_LeavesWhatHasComeToTheNext()
    {
        var pipe = new Pipe();
        var body = new ReleasingReader(pipe.Reader);
        using var impatience = new CancellationTokenSource();
        await pipe.Writer.WriteAsync("ab"u8.ToArray());
        var first = await body.ReadAsync(default);
        body.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);

        var ended = body.ReadAsync(impatience.Token).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ended.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadAsync(impatience.Token).AsTask().WithinAsync());
        await pipe.Writer.WriteAsync("c"u8.ToArray());

        var next = await body.ReadAsync(default).AsTask().WithinAsync();
        Assert.Equal("bc"u8.ToArray(), next.Buffer.ToArray());
        Assert.False(next.IsCanceled);
    }

    [Fact]
    public async Task WhatComesWhileAReadIsEnded_IsNotLost()
    {
        var scheduler = new HeldScheduler();
        var pipe = new Pipe(new PipeOptions(readerScheduler: scheduler, useSynchronizationContext: false));
        var body = new ReleasingReader(pipe.Reader);
        using var impatience = new CancellationTokenSource();
        await pipe.Writer.WriteAsync("a"u8.ToArray());
        var first = await body.ReadAsync(default);
        body.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        // The read has been ended and nobody has heard of it yet.
        var ended = body.ReadAsync(impatience.Token).AsTask();
        await impatience.CancelAsync();
        await pipe.Writer.WriteAsync("b"u8.ToArray());
        scheduler.Release();

        var result = await ended.WithinAsync();
        Assert.Equal("ab"u8.ToArray(), result.Buffer.ToArray());
        body.AdvanceTo(result.Buffer.End);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadAsync(impatience.Token).AsTask().WithinAsync());
    }

    /// <summary>Runs nothing until it is told to.</summary>
    private sealed class HeldScheduler : PipeScheduler
    {
        private readonly List<(Action<object?> Action, object? State)> _held = [];

        public void Release() => _held.ForEach(static held => held.Action(held.State));

        public override void Schedule(Action<object?> action, object? state) => _held.Add((action, state));
    }
}
