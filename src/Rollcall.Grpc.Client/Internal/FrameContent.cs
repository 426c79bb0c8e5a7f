using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>One framed message as the body of a request.</summary>
/// <remarks>
/// Derived from <see cref="ByteArrayContent"/> because that is how SocketsHttpHandler recognises a body that is complete: it then sends
/// it without the machinery for sending and receiving at once, which costs small calls more than anything else here.
/// </remarks>
internal abstract class FrameContent : ByteArrayContent
{
    private volatile bool _wasAskedFor;

    protected FrameContent()
        : base([])
    {
        Headers.TryAddWithoutValidation("Content-Type", GrpcProtocol.ContentType);
    }

    /// <summary>The handler has asked for the body: the headers are on their way to a server, or somebody has the bytes who may send them without this class.</summary>
    public bool WasAskedFor
    {
        get => _wasAskedFor;
        protected set => _wasAskedFor = value;
    }

    /// <summary>Sends the frame once; may run several times at once.</summary>
    public abstract Task WriteToAsync(Stream stream, CancellationToken cancellationToken);

    /// <summary>The frame as a stream of its own, which outlives the call: nobody knows for how long a handler reads it.</summary>
    public abstract Stream ReadCopy();

    protected override bool TryComputeLength(out long length)
    {
        // Known, but not told: gRPC peers do not look at it, and without it there is one header less.
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _wasAskedFor = true;
        return WriteToAsync(stream, cancellationToken);
    }

    // What of ByteArrayContent reads its own array is for handlers of the user's: they may sign the body, log it or send it in a content of theirs.
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        CreateContentReadStream(cancellationToken).CopyTo(stream);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        _wasAskedFor = true;
        return ReadCopy();
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Task.FromResult(CreateContentReadStream(cancellationToken));
}
