using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server;

namespace Grpc.Core;

/// <summary>What a gRPC call is made of underneath.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>Where a context of another class has its HTTP request, as in grpc-dotnet.</summary>
    internal const string HttpContextKey = "__HttpContext";

    /// <summary>
    /// The HTTP request of a call. Valid until the handler returns. A context of another class, such as one that wraps the server's or a double in a
    /// unit test, has it in <see cref="ServerCallContext.UserState"/> under <c>__HttpContext</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The context is not one of this server and has none in its state.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context is HttpServerCallContext call)
        {
            return call.HttpContext;
        }

        return context.UserState.TryGetValue(HttpContextKey, out var state) && state is HttpContext httpContext
            ? httpContext
            : throw new InvalidOperationException(
                $"{context.GetType()} has no HttpContext: it is no context of Rollcall.Grpc.Server, and its UserState has none under '{HttpContextKey}'.");
    }
}
