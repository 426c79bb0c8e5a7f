using System.IO.Compression;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Server;

/// <summary>
/// Settings of all gRPC services of an application; <see cref="GrpcServiceOptions{TService}"/> changes them for one. Read once, when services are mapped.
/// </summary>
public class GrpcServiceOptions
{
    /// <summary>Largest request message in bytes, after decompression; null for no limit.</summary>
    /// <value>Default 4 MB. Not negative.</value>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest response message in bytes; null for no limit.</summary>
    /// <value>Default null. Not negative.</value>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Whether the types and messages of an exception that a handler threw, and of those within it, are sent to the caller.</summary>
    /// <value>Default false: they may hold what a caller must not see.</value>
    public bool EnableDetailedErrors { get; set; }

    /// <summary>Compression of responses to callers that accept it; null for none.</summary>
    /// <value>Default null. The name of one of <see cref="CompressionProviders"/>: <c>gzip</c>, <c>deflate</c>.</value>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How hard to compress responses; null for the provider's default.</summary>
    /// <value>Default null.</value>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>The compressions that requests may have and responses can get. Add your own, or take some away.</summary>
    /// <value>Default gzip and deflate at their fastest. Each with a name of its own.</value>
    public IList<ICompressionProvider> CompressionProviders { get; set; } =
        [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];

    /// <summary>
    /// Whether methods answer gRPC-Web, the form of gRPC that browsers can speak. <c>EnableGrpcWeb()</c> and <c>DisableGrpcWeb()</c> behind
    /// <c>MapGrpcService</c>, and the attributes of these names, go before it.
    /// </summary>
    /// <value>Default true. Pages of another origin can read nothing before CORS allows it.</value>
    public bool EnableGrpcWeb { get; set; } = true;

    /// <summary>Whether methods with a <c>google.api.http</c> option get the HTTP routes that it describes.</summary>
    /// <value>Default true.</value>
    public bool EnableJsonTranscoding { get; set; } = true;

    /// <summary>
    /// How long streams may go on after the application began to stop or, where Rollcall.Hosting registers its service, after the drain (<c>DrainDelay</c>). Then the cancellation token of their context fires, what they wait for ends,
    /// and their status becomes Unavailable; one whose caller takes nothing of it is reset a second later. Unary calls are not disturbed. At the
    /// host's <c>ShutdownTimeout</c> whatever is left is cut off.
    /// </summary>
    /// <value>
    /// Default null: half of the host's <c>ShutdownTimeout</c>. From zero, which ends streams at once, to a day;
    /// <see cref="Timeout.InfiniteTimeSpan"/> leaves them alone.
    /// </value>
    public TimeSpan? StreamShutdownDelay { get; set; }

    /// <summary>Interceptors around every handler, the first one outermost.</summary>
    /// <value>Default empty.</value>
    public GrpcInterceptorCollection Interceptors { get; } = [];
}
