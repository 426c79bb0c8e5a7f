using System.Net;

namespace Rollcall.LoadTest.Calls;

/// <summary>A request body that is written while the call runs.</summary>
internal sealed class RawPushContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _body = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Stream> Body => _body.Task;

    public void Complete() => _complete.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // The headers go out before the first message.
        await stream.FlushAsync();
        _body.SetResult(stream);
        await _complete.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
