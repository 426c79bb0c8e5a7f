using System.Buffers;
using System.IO.Pipelines;
using Rollcall.Grpc.Server.Kestrel;

namespace Rollcall.Grpc.Server.Tests.Kestrel;

/// <summary>Whatever a pipe writer's user may do arrives as written, behind SETTINGS where it is a GOAWAY.</summary>
public sealed class LingeringOutputTests
{
    private static readonly byte[] s_emptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    private static readonly byte[] s_goAway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] s_other = [.. Enumerable.Range(1, 40).Select(number => (byte)number)];

    private readonly Pipe _pipe = new();
    private readonly LingeringOutput _output;

    public LingeringOutputTests() => _output = new LingeringOutput(_pipe.Writer, speaksHttp2: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MemoryHandedOutOnce_MayBeAdvancedOverInPieces(bool isGoAway)
    {
        var bytes = isGoAway ? s_goAway : s_other;
        var memory = _output.GetMemory(bytes.Length);
        for (var at = 0; at < bytes.Length; at++)
        {
            memory.Span[at] = bytes[at];
            _output.Advance(1);
        }

        Assert.Equal(bytes.Length, _output.UnflushedBytes);
        await _output.FlushAsync().AsTask().WithinAsync();

        Assert.Equal(Expected(isGoAway), await ReadAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BytesWrittenBeforeTheyAreAdvancedOver_StayWhereTheyAre(bool isGoAway)
    {
        var bytes = isGoAway ? s_goAway : s_other;
        var memory = _output.GetMemory(bytes.Length);
        bytes.CopyTo(memory);
        _output.Advance(9);
        _output.Advance(bytes.Length - 9);
        await _output.FlushAsync().AsTask().WithinAsync();

        Assert.Equal(Expected(isGoAway), await ReadAsync());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 8)]
    [InlineData(true, 9)]
    [InlineData(false, 1)]
    [InlineData(false, 8)]
    [InlineData(false, 9)]
    [InlineData(false, 40)]
    public async Task MemoryAskedForPieceByPiece_ArrivesInOrder(bool isGoAway, int size)
    {
        foreach (var piece in (isGoAway ? s_goAway : s_other).Chunk(size))
        {
            piece.CopyTo(_output.GetSpan(piece.Length));
            _output.Advance(piece.Length);
        }

        await _output.FlushAsync().AsTask().WithinAsync();

        Assert.Equal(Expected(isGoAway), await ReadAsync());
    }

    [Fact]
    public async Task MemoryAskedForAgain_IsAsLargeAsAskedFor()
    {
        Assert.NotEqual(0, _output.GetMemory().Length);
        Assert.InRange(_output.GetMemory(100_000).Length, 100_000, int.MaxValue);
        _output.Advance(0);
        var memory = _output.GetMemory(s_other.Length);
        s_other.CopyTo(memory);
        _output.Advance(3);
        Assert.InRange(_output.GetMemory(200_000).Length, 200_000, int.MaxValue);
        s_other.AsSpan(3).CopyTo(_output.GetSpan());
        _output.Advance(s_other.Length - 3);
        await _output.FlushAsync().AsTask().WithinAsync();

        Assert.Equal(s_other, await ReadAsync());
    }

    [Fact]
    public async Task FirstBytesFlushedAlone_AreNotHeldBack()
    {
        _output.Write(s_other.AsSpan(0, 1));
        await _output.FlushAsync().AsTask().WithinAsync();
        Assert.Equal(s_other.Take(1), await ReadAsync());
        Assert.Equal(0, _output.UnflushedBytes);

        await _output.WriteAsync(s_other.AsMemory(1)).AsTask().WithinAsync();

        Assert.Equal(s_other.Skip(1), await ReadAsync());
    }

    [Fact]
    public async Task SecondFrame_IsLeftAlone()
    {
        await _output.WriteAsync(s_other).AsTask().WithinAsync();
        await _output.WriteAsync(s_goAway).AsTask().WithinAsync();

        Assert.Equal(s_other.Concat(s_goAway), await ReadAsync());
    }

    [Fact]
    public async Task FlushOfNothing_DoesNotCountAsTheBeginning()
    {
        await _output.FlushAsync().AsTask().WithinAsync();
        await _output.WriteAsync(s_goAway).AsTask().WithinAsync();

        Assert.Equal(Expected(isGoAway: true), await ReadAsync());
    }

    [Fact]
    public async Task BytesThatNobodyFlushes_AreThereWhenTheTransportCompletes()
    {
        _output.Write(s_other);
        _output.Complete();
        await _pipe.Writer.CompleteAsync().AsTask().WithinAsync();

        Assert.Equal(s_other, await ReadAsync());
    }

    [Fact]
    public async Task WhatIsNotHttp2_IsLeftAlone()
    {
        var output = new LingeringOutput(_pipe.Writer, speaksHttp2: false);

        await output.WriteAsync(s_goAway).AsTask().WithinAsync();

        Assert.Equal(s_goAway, await ReadAsync());
    }

    private static byte[] Expected(bool isGoAway) => isGoAway ? [.. s_emptySettings, .. s_goAway] : s_other;

    private async Task<byte[]> ReadAsync()
    {
        var result = await _pipe.Reader.ReadAsync().AsTask().WithinAsync();
        var bytes = result.Buffer.ToArray();
        _pipe.Reader.AdvanceTo(result.Buffer.End);
        return bytes;
    }
}
