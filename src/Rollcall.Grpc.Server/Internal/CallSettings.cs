using System.IO.Compression;
using Grpc.Core.Interceptors;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Server;

/// <summary>What every call of a service needs, read once from the options. Immutable.</summary>
internal sealed class CallSettings(
    GrpcServiceOptions options,
    TimeProvider timeProvider,
    ILogger logger,
    ServerTelemetry telemetry,
    bool exposesContext,
    CancellationToken streamShutdown)
{
    public TimeProvider TimeProvider { get; } = timeProvider;

    public ILogger Logger { get; } = logger;

    public ServerTelemetry Telemetry { get; } = telemetry;

    /// <summary>Fires when the application stops and the time that streams have then is over.</summary>
    public CancellationToken StreamShutdown { get; } = streamShutdown;

    /// <summary>See <see cref="ServerCallContextExposure"/>.</summary>
    public bool ExposesContext { get; } = exposesContext;

    public int MaxReceiveBytes { get; } = options.MaxReceiveMessageSize ?? int.MaxValue;

    public int MaxSendBytes { get; } = options.MaxSendMessageSize ?? int.MaxValue;

    public bool EnableGrpcWeb { get; } = options.EnableGrpcWeb;

    public bool EnableJsonTranscoding { get; } = options.EnableJsonTranscoding;

    public bool EnableDetailedErrors { get; } = options.EnableDetailedErrors;

    public GrpcEncodings Encodings { get; } = new(options.CompressionProviders);

    /// <summary>For callers that accept it; null: responses are not compressed.</summary>
    public ICompressionProvider? ResponseCompression { get; } =
        new GrpcEncodings(options.CompressionProviders).TryFind(options.ResponseCompressionAlgorithm, out var provider) ? provider : null;

    public CompressionLevel? ResponseCompressionLevel { get; } = options.ResponseCompressionLevel;

    public IReadOnlyList<Func<IServiceProvider, Interceptor>> Interceptors { get; } = [.. options.Interceptors];
}
