using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one attempt of a call whose caller writes while the call runs.</summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly Func<Stream, CancellationToken, Task> _attach;

    public StreamingContent(Func<Stream, CancellationToken, Task> attach)
    {
        _attach = attach;
        Headers.TryAddWithoutValidation("Content-Type", GrpcProtocol.ContentType);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _attach(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _attach(stream, cancellationToken);
}
