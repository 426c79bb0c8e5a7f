using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one copy of a hedged call; all copies send the same frame.</summary>
/// <remarks>Derived from <see cref="ByteArrayContent"/> for the reason that <see cref="BufferedContent"/> gives.</remarks>
internal sealed class HedgedContent : ByteArrayContent
{
    private readonly BufferedContent _body;
    private volatile bool _started;

    public HedgedContent(BufferedContent body)
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
}
