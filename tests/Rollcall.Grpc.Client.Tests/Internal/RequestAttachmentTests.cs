using Rollcall.Grpc.Client.Internal;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

public class RequestAttachmentTests
{
    [Fact]
    public async Task FlushInOrder_IsNotWaitedFor_AndItsFailureIsThatOfTheNext()
    {
        var body = new FlushedByHand();
        var attachment = new RequestAttachment(body, flushesInOrder: true, CancellationToken.None);

        Assert.True(attachment.FlushAsync().IsCompletedSuccessfully);
        body.Flushes[0].SetException(new IOException("broken"));
        var second = attachment.FlushAsync();

        Assert.Equal("broken", (await Assert.ThrowsAsync<IOException>(() => second.WithinAsync())).Message);
        Assert.Equal(2, body.Flushes.Count);
    }

    [Fact]
    public async Task FlushInOrder_WhileTheOneBeforeRuns_WaitsForThat()
    {
        var body = new FlushedByHand();
        var attachment = new RequestAttachment(body, flushesInOrder: true, CancellationToken.None);
        await attachment.FlushAsync().WithinAsync();

        var second = attachment.FlushAsync();
        Assert.False(second.IsCompleted);
        body.Flushes[0].SetResult();

        await second.WithinAsync();
    }

    [Fact]
    public async Task FlushOfAnotherStream_IsWaitedFor()
    {
        var body = new FlushedByHand();
        var attachment = new RequestAttachment(body, flushesInOrder: false, CancellationToken.None);

        var flush = attachment.FlushAsync();
        Assert.False(flush.IsCompleted);
        body.Flushes[0].SetResult();

        await flush.WithinAsync();
    }

    private sealed class FlushedByHand : MemoryStream
    {
        public List<TaskCompletionSource> Flushes { get; } = [];

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Flushes.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return Flushes[^1].Task;
        }
    }
}
