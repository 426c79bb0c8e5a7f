using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one attempt of a call, where there may be several: all of them send the same frame.</summary>
/// <remarks>
/// <para>Derived from <see cref="ByteArrayContent"/> for the reason that <see cref="BufferedContent"/> gives.</para>
/// <para>An attempt has its own because a content keeps what was done with it: a stream that was read to its end, and headers that were added.</para>
/// </remarks>
internal sealed class AttemptContent : ByteArrayContent
{
    private readonly BufferedContent _body;
    private volatile bool _started;

    public AttemptContent(BufferedContent body)
        : base([])
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", GrpcProtocol.ContentType);
    }

    /// <summary>The handler has asked for the body: the headers are on their way to a server.</summary>
    public bool HasStarted => _started;

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _started = true;
        return _body.WriteToAsync(stream, cancellationToken);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        CreateContentReadStream(cancellationToken).CopyTo(stream);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        _started = true;
        return _body.ReadCopy();
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Task.FromResult(CreateContentReadStream(cancellationToken));
}
