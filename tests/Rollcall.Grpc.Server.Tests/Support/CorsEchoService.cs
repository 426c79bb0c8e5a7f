using Grpc.Core;
using Microsoft.AspNetCore.Cors;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Names its policy itself.</summary>
[EnableCors("shop")]
internal sealed class CorsEchoService : Echo.EchoBase
{
    public override Task<EchoReply> Unary(EchoRequest request, ServerCallContext context) => Task.FromResult(EchoBehavior.Reply(request));
}
