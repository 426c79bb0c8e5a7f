namespace Rollcall.Grpc.Server;

/// <summary>For programs that were written for grpc-dotnet: HTTP routes are part of every mapped service.</summary>
public static class GrpcJsonTranscodingExtensions
{
    /// <summary>Sets <see cref="GrpcServiceOptions.EnableJsonTranscoding"/>, which is the default.</summary>
    public static IGrpcServerBuilder AddJsonTranscoding(this IGrpcServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGrpc(options => options.EnableJsonTranscoding = true);
        return builder;
    }
}
