using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>A transport that stays open when the server is done with it.</summary>
/// <param name="transport">The transport.</param>
/// <param name="speaksHttp2">Whether its bytes are HTTP/2's.</param>
/// <param name="onRead">Called before each read; null: nothing is.</param>
internal sealed class LingeringTransport(IDuplexPipe transport, bool speaksHttp2, Action? onRead) : IDuplexPipe
{
    public PipeReader Input { get; } = new LingeringInput(transport.Input, onRead);

    public PipeWriter Output { get; } = new LingeringOutput(transport.Output, speaksHttp2);
}
