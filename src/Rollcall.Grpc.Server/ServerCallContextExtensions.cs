using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server;

namespace Grpc.Core;

/// <summary>What a gRPC call is made of underneath.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The HTTP request of a call. Valid until the handler returns.</summary>
    /// <exception cref="InvalidOperationException">The context is not one of this server, as in a unit test with a double.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return (context as HttpServerCallContext)?.HttpContext
            ?? throw new InvalidOperationException($"{context.GetType()} has no HttpContext; the call does not come from Rollcall.Grpc.Server.");
    }
}
