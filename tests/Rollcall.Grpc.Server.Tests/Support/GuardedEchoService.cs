using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Echoes to those it knows; each method lets in others.</summary>
[Authorize]
internal sealed class GuardedEchoService(EchoBehavior behavior) : Echo.EchoBase
{
    public const string Policy = "even";

    public override Task<EchoReply> Unary(EchoRequest request, ServerCallContext context) => behavior.Unary(request, context);

    [AllowAnonymous]
    public override Task<EchoReply> ClientStream(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context) =>
        behavior.ClientStream(requestStream, context);

    [Authorize(Roles = "admin")]
    public override Task ServerStream(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context) =>
        behavior.ServerStream(request, responseStream, context);

    [Authorize(Policy = Policy)]
    public override Task Duplex(
        IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context) =>
        behavior.Duplex(requestStream, responseStream, context);
}
