using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Asks call credentials for the metadata of one call.</summary>
internal static class CallCredentialsReader
{
    public static async Task AddAsync(CallCredentials credentials, AuthInterceptorContext context, Metadata metadata)
    {
        var parts = new Parts();
        credentials.InternalPopulateConfiguration(parts, null);
        try
        {
            foreach (var interceptor in parts.Interceptors)
            {
                await interceptor(context, metadata).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The call credentials failed: {e.Message}", e));
        }
    }

    private sealed class Parts : CallCredentialsConfiguratorBase
    {
        public List<AsyncAuthInterceptor> Interceptors { get; } = [];

        public override void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor) =>
            Interceptors.Add(interceptor);

        public override void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials)
        {
            foreach (var part in credentials)
            {
                part.InternalPopulateConfiguration(this, state);
            }
        }
    }
}
