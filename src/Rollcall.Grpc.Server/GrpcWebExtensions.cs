using Microsoft.AspNetCore.Builder;

namespace Rollcall.Grpc.Server;

/// <summary>Switches for gRPC-Web. It is on by default and needs no middleware.</summary>
public static class GrpcWebExtensions
{
    private static readonly EnableGrpcWebAttribute s_enabled = new();
    private static readonly DisableGrpcWebAttribute s_disabled = new();

    /// <summary>Adds nothing: gRPC-Web is part of every mapped service. For programs that were written for grpc-dotnet.</summary>
    public static IApplicationBuilder UseGrpcWeb(this IApplicationBuilder app) => app.UseGrpcWeb(null);

    /// <inheritdoc cref="UseGrpcWeb(IApplicationBuilder)"/>
    /// <exception cref="ArgumentException">The options turn it off by default, which is set in <see cref="GrpcServiceOptions"/> here.</exception>
    public static IApplicationBuilder UseGrpcWeb(this IApplicationBuilder app, GrpcWebOptions? options)
    {
        ArgumentNullException.ThrowIfNull(app);
        return options is { DefaultEnabled: false }
            ? throw new ArgumentException("Set EnableGrpcWeb = false in AddGrpc to turn gRPC-Web off by default.", nameof(options))
            : app;
    }

    /// <summary>These endpoints answer gRPC-Web, whatever <see cref="GrpcServiceOptions.EnableGrpcWeb"/> says.</summary>
    public static TBuilder EnableGrpcWeb<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(s_enabled);

    /// <summary>These endpoints refuse gRPC-Web with HTTP 415, whatever <see cref="GrpcServiceOptions.EnableGrpcWeb"/> says.</summary>
    public static TBuilder DisableGrpcWeb<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(s_disabled);
}
