using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Reads of a body that their token ends, or the caller.</summary>
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

    // A handler may read on after the error, when the place that was closed no longer belongs to the body.
    [Fact]
    public async Task BodyThatBreaksOff_IsClosedOnce()
    {
        var pipe = new BreakingReader("ab"u8.ToArray());
        var body = new ReleasingReader(pipe);
        var first = await body.ReadAsync(default);
        body.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadAsync(new CancellationToken(true)).AsTask());
        await Assert.ThrowsAsync<BadHttpRequestException>(() => body.ReadAsync(default).AsTask());
        Assert.Equal(2, pipe.Advanced);
        await Assert.ThrowsAsync<BadHttpRequestException>(() => body.ReadAsync(default).AsTask());
        Assert.Equal(2, pipe.Advanced);
    }

    /// <summary>The first bytes of a body that is broken off behind them.</summary>
    private sealed class BreakingReader(byte[] start) : PipeReader
    {
        private bool _isBroken;

        /// <summary>How many times.</summary>
        public int Advanced { get; private set; }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            if (_isBroken)
            {
                throw new BadHttpRequestException("Unexpected end of request content.");
            }

            _isBroken = true;
            return new(new ReadResult(new ReadOnlySequence<byte>(start), isCanceled: false, isCompleted: false));
        }

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed) => Advanced++;

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => Advanced++;

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    /// <summary>Runs nothing until it is told to.</summary>
    private sealed class HeldScheduler : PipeScheduler
    {
        private readonly List<(Action<object?> Action, object? State)> _held = [];

        public void Release() => _held.ForEach(static held => held.Action(held.State));

        public override void Schedule(Action<object?> action, object? state) => _held.Add((action, state));
    }
}
