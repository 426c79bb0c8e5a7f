using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A request body whose bytes an adapter makes.</summary>
internal sealed class ConvertedRequest(PipeReader reader) : IRequestBodyPipeFeature
{
    public PipeReader Reader { get; } = reader;
}
