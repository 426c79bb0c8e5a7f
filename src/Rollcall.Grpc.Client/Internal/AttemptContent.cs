namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one attempt of a call, where there may be several: all of them send the same frame.</summary>
/// <remarks>
/// An attempt has its own because a content keeps what was done with it: a stream that was read to its end, and headers that were added.
/// </remarks>
internal sealed class AttemptContent(BufferedContent body) : FrameContent
{
    public override Task WriteToAsync(Stream stream, CancellationToken cancellationToken) => body.WriteToAsync(stream, cancellationToken);

    public override Stream ReadCopy() => body.ReadCopy();
}
