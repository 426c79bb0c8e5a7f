using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Server.Kestrel;

internal sealed partial class Http2EndpointSetup
{
    private static partial class Log
    {
        [LoggerMessage(
            45,
            LogLevel.Warning,
            "This release of Kestrel ({Version}) can't serve HTTP/1.1 and HTTP/2 on one port without TLS. For gRPC set Protocols = HttpProtocols.Http2 on an endpoint without TLS, and use another one for HTTP/1.1.")]
        public static partial void InternalsMissing(ILogger logger, Version? version);
    }
}
