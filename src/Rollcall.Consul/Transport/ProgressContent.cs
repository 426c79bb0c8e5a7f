using System.Net;

namespace Rollcall.Consul.Transport;

/// <summary>A body that is large: sent piece by piece, and of each that was taken it tells. Can be sent again, to another agent.</summary>
internal sealed class ProgressContent(ReadOnlyMemory<byte> body) : HttpContent
{
    private const int Piece = 64 * 1024;

    /// <summary>Called after each piece of what is sent next.</summary>
    public Action? Progress { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var left = body; left.Length > 0; left = left[Math.Min(Piece, left.Length)..])
        {
            await stream.WriteAsync(left[..Math.Min(Piece, left.Length)], cancellationToken).ConfigureAwait(false);
            Progress?.Invoke();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
