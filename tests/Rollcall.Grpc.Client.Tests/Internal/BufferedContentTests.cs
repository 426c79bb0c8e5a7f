using System.Buffers;
using Rollcall.Grpc.Client.Internal;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

/// <summary>The message's memory goes back to the pool when its last send is over, and not before.</summary>
public class BufferedContentTests
{
    // Of a size that nobody else rents here, so that the next array of the size is the one that was given back.
    private static readonly string s_text = new('x', 3_000_000);

    [Theory]
    [InlineData(new[] { 0 }, new[] { 0 }, true)]
    [InlineData(new[] { 0, 1 }, new[] { 0, 1 }, true)]
    [InlineData(new[] { 0, 1 }, new[] { 0 }, false)]
    [InlineData(new[] { 0 }, new int[0], false)]
    public void MemoryOfAMessage_IsFreeWhenNothingSendsIt(int[] begun, int[] over, bool isFree) => AssertFree(begun, over, overlap: false, isFree);

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 0, 2 })]
    public void MemoryThatSeveralSendsReadAtOnce_IsLeftToTheCollector(int[] over) => AssertFree([0, 1, 2], over, overlap: true, isFree: false);

    [Fact]
    public async Task SendAfterTheEnd_IsRefused()
    {
        await using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var content = new BufferedContent(channel);
        content.Fill(RequestEncoding.Serialize(TextMethods.Unary.RequestMarshaller, "x", int.MaxValue, null, out var bytes), bytes, null);
        content.OnEnded(cleanly: false);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => content.WriteToAsync(new HeldStream(), CancellationToken.None));
    }

    private static void AssertFree(int[] begun, int[] over, bool overlap, bool isFree)
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var content = new BufferedContent(channel);
        var frame = RequestEncoding.Serialize(TextMethods.Unary.RequestMarshaller, s_text, int.MaxValue, null, out var bytes);
        content.Fill(frame, bytes, null);
        var streams = begun.Select(_ => new HeldStream()).ToArray();
        foreach (var i in begun)
        {
            _ = content.WriteToAsync(streams[i], CancellationToken.None);
            if (!overlap && over.Contains(i))
            {
                streams[i].Written.SetResult();
            }
        }

        if (overlap)
        {
            Array.ForEach(over, i => streams[i].Written.SetResult());
        }

        content.OnEnded(cleanly: false);

        var next = ArrayPool<byte>.Shared.Rent(frame.Array.Length);
        Assert.Equal(isFree, ReferenceEquals(frame.Array, next));
        Assert.False(content.IsReusable);
    }

    /// <summary>Takes bytes for as long as it is told to.</summary>
    private sealed class HeldStream : MemoryStream
    {
        public TaskCompletionSource Written { get; } = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(Written.Task);
    }
}
