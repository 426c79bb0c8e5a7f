using System.Buffers;
using Rollcall.Grpc.Client.Internal;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

public class RequestStreamTests
{
    [Fact]
    public async Task KeptMessagesDropped_WhileAnAttemptSendsThemAgain_ItsMemoryStaysItsOwn()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var stream = new RequestStream(channel);
        var first = Attach(stream, new MemoryStream());
        Assert.True(await stream.SendAsync(Frame('a', 1000), flush: true).AsTask().WithinAsync());

        // The second attempt hangs while it sends the kept message, and a third one takes its place.
        var hanging = new HangingStream();
        var second = Attach(stream, hanging);
        var third = Attach(stream, new MemoryStream());
        var sending = hanging.Written.ToArray();

        // More than is kept: the messages before it are dropped.
        Assert.False(await stream.SendAsync(Frame('b', 100_000), flush: true).AsTask().WithinAsync());
        Assert.False(stream.CanReplay);
        Scribble(hanging.Written.Length);

        Assert.Equal(sending, hanging.Written.ToArray());
        stream.Complete();
        await third.WithinAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => Attach(stream, new MemoryStream()).WithinAsync());
        hanging.Release();
        await second.WithinAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
    }

    [Fact]
    public async Task ReplacedAttempt_TheNextOneBeginsWithWhatWasSent()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var stream = new RequestStream(channel);
        var first = Attach(stream, new MemoryStream());
        await stream.SendAsync(Frame('a', 3), flush: true).AsTask().WithinAsync();
        var again = new MemoryStream();
        var second = Attach(stream, again);
        await stream.SendAsync(Frame('b', 3), flush: true).AsTask().WithinAsync();
        stream.Complete();

        await second.WithinAsync();

        Assert.Equal("\0\0\0\0\u0003aaa\0\0\0\0\u0003bbb"u8.ToArray(), again.ToArray());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
    }

    [Fact]
    public async Task AttemptThatWasReplacedWhileItBegan_DoesNotComeBack()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var stream = new RequestStream(channel);
        var first = Attach(stream, new MemoryStream());
        await stream.SendAsync(Frame('a', 3), flush: true).AsTask().WithinAsync();
        var slow = new HangingStream();
        var second = Attach(stream, slow);
        var body = new MemoryStream();
        var third = Attach(stream, body);

        slow.Release();
        await Assert.ThrowsAsync<HttpRequestException>(() => second.WithinAsync());
        await stream.SendAsync(Frame('b', 3), flush: true).AsTask().WithinAsync();
        stream.Complete();

        await third.WithinAsync();
        Assert.Equal("\0\0\0\0\u0003aaa\0\0\0\0\u0003bbb"u8.ToArray(), body.ToArray());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
    }

    [Fact]
    public async Task HeadersThatComeBeforeTheBodyIsAskedFor_DropWhatIsKept_WhenItIs()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var stream = new RequestStream(channel);
        var first = Attach(stream, new MemoryStream());
        Assert.True(await stream.SendAsync(Frame('a', 3), flush: true).AsTask().WithinAsync());
        stream.Detach();
        var request = stream.CreateRequest();

        stream.OnCommitted();
        Assert.True(stream.CanReplay);
        var body = new MemoryStream();
        var second = request.Content!.CopyToAsync(body);

        Assert.False(stream.CanReplay);
        Assert.False(await stream.SendAsync(Frame('b', 3), flush: true).AsTask().WithinAsync());
        stream.Complete();
        await second.WithinAsync();
        Assert.Equal("\0\0\0\0\u0003aaa\0\0\0\0\u0003bbb"u8.ToArray(), body.ToArray());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
    }

    /// <summary>Small messages are held in arrays that are larger than they are, each with a place in a list.</summary>
    [Theory]
    [InlineData(0, 500)]
    [InlineData(20, 500)]
    [InlineData(500, 100)]
    [InlineData(4_000, 16)]
    [InlineData(40_000, 1)]
    [InlineData(65_000, 1)]
    public async Task MessagesAreKept_AsLongAsTheirMemoryIsBounded(int length, int atLeast)
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var stream = new RequestStream(channel);
        var attempt = Attach(stream, Stream.Null);
        var count = 0;
        var held = 0L;
        for (var frame = Frame('a', length); await stream.SendAsync(frame, flush: true).AsTask().WithinAsync(); frame = Frame('a', length))
        {
            count++;
            held += frame.Array.Length + 24 + 24;
        }

        Assert.InRange(held, 1, 128 * 1024);
        Assert.True(count >= atLeast, $"{count} were kept.");
        Assert.True(count * (length + GrpcFraming.PrefixLength) <= 64 * 1024);
        stream.Complete();
        await attempt.WithinAsync();
    }

    private static Task Attach(RequestStream stream, Stream body) => stream.CreateRequest().Content!.CopyToAsync(body);

    private static GrpcFrameBuffer Frame(char letter, int length) =>
        RequestEncoding.Serialize(TextMethods.Unary.RequestMarshaller, new string(letter, length), int.MaxValue, compression: null, out _);

    /// <summary>Takes whatever memory of about this size is free, and writes to it.</summary>
    private static void Scribble(int length)
    {
        for (var i = 0; i < 20; i++)
        {
            Array.Fill(ArrayPool<byte>.Shared.Rent(length), (byte)0xff);
        }
    }

    private sealed class HangingStream : MemoryStream
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ReadOnlyMemory<byte> Written { get; private set; }

        public void Release() => _released.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written = buffer;
            await _released.Task.WaitAsync(cancellationToken);
        }
    }
}
