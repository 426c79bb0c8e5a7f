using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Health;

/// <summary>The standard health service over <see cref="GrpcHealthStatus"/>.</summary>
internal sealed class HealthService(GrpcHealthStatus status, HealthStatusReader reader) : global::Grpc.Health.V1.Health.HealthBase
{
    // As servers of other languages have it (gRFC A90).
    private const int MaxListed = 100;

    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var current = await reader.ReadAsync(request.Service, context.CancellationToken).ConfigureAwait(false)
            ?? throw new RpcException(new Status(StatusCode.NotFound, $"The service '{request.Service}' is not known here."));
        return new HealthCheckResponse { Status = current };
    }

    public override async Task<HealthListResponse> List(HealthListRequest request, ServerCallContext context)
    {
        var services = reader.ListServices();
        if (services.Count > MaxListed)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"There are {services.Count} services here, and List tells of {MaxListed} at most; ask for each by Check."));
        }

        var response = new HealthListResponse();
        foreach (var (service, current) in await reader.ReadAllAsync(services, context.CancellationToken).ConfigureAwait(false))
        {
            response.Statuses.Add(service, new HealthCheckResponse { Status = current });
        }

        return response;
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
