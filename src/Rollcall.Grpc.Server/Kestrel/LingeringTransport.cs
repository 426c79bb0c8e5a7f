using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>A transport that stays open when the server is done with it.</summary>
internal sealed class LingeringTransport(IDuplexPipe transport) : IDuplexPipe
{
    public PipeReader Input { get; } = new LingeringInput(transport.Input);

    public PipeWriter Output { get; } = new LingeringOutput(transport.Output);
}
