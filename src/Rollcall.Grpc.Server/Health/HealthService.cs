using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Health;

/// <summary>The standard health service over <see cref="GrpcHealthStatus"/>.</summary>
internal sealed class HealthService(GrpcHealthStatus status, HealthStatusReader reader) : global::Grpc.Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var current = await reader.ReadAsync(request.Service, context.CancellationToken).ConfigureAwait(false)
            ?? throw new RpcException(new Status(StatusCode.NotFound, $"The service '{request.Service}' is not known here."));
        return new HealthCheckResponse { Status = current };
    }

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        ServingStatus? sent = null;
        while (true)
        {
            var changed = status.Changed;
            var stopping = status.IsShutDown;
            var current = await reader.ReadPublishedAsync(request.Service, cancellation).ConfigureAwait(false) ?? ServingStatus.ServiceUnknown;
            if (current != sent)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = current }, cancellation).ConfigureAwait(false);
                sent = current;
            }

            // A watch that stayed open would hold the server's graceful shutdown up until its timeout.
            if (stopping)
            {
                return;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
