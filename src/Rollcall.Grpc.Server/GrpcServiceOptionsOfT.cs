namespace Rollcall.Grpc.Server;

/// <summary>
/// Settings of one gRPC service. Each begins as that of all services; interceptors that are added here stand behind those of all services.
/// Read once, when the service is mapped.
/// </summary>
/// <typeparam name="TService">The class that serves it.</typeparam>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
    // By reflection, so that no setting can be forgotten that comes later.
    internal void CopyFrom(GrpcServiceOptions all)
    {
        foreach (var property in typeof(GrpcServiceOptions).GetProperties().Where(static property => property.CanWrite))
        {
            property.SetValue(this, property.GetValue(all));
        }

        // A list of its own: what this service adds is not for the others.
        CompressionProviders = [.. all.CompressionProviders];
        foreach (var interceptor in all.Interceptors)
        {
            Interceptors.Add(interceptor);
        }
    }
}
