using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Rollcall.Grpc.Server;

/// <summary>CORS for browsers that call gRPC services of another origin.</summary>
public static class CorsPolicyBuilderExtensions
{
    private static readonly string[] s_methods = ["POST", "GET"];

    // What the clients of gRPC-Web and of Connect send by themselves.
    private static readonly string[] s_requestHeaders =
    [
        "content-type", "accept", "grpc-timeout", "x-grpc-web", "x-user-agent", "connect-protocol-version", "connect-timeout-ms",
    ];

    // What a script must be able to read; other headers of a response stay hidden from it.
    private static readonly string[] s_responseHeaders =
    [
        "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "grpc-accept-encoding",
    ];

    /// <summary>
    /// Adds the HTTP methods, request headers and exposed response headers of gRPC-Web and Connect to a policy. It allows no origin: name the
    /// origins beside it. Headers of the application, such as <c>authorization</c> and metadata, are added with <c>WithHeaders</c> and
    /// <c>WithExposedHeaders</c>; HTTP methods of google.api.http routes with <c>WithMethods</c>.
    /// </summary>
    /// <example><code>builder.Services.AddCors(o => o.AddDefaultPolicy(p => p.WithOrigins("https://shop.example").WithGrpc()));</code></example>
    public static CorsPolicyBuilder WithGrpc(this CorsPolicyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithMethods(s_methods).WithHeaders(s_requestHeaders).WithExposedHeaders(s_responseHeaders);
    }
}
