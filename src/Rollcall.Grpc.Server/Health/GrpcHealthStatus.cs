using System.Collections.Immutable;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Health;

/// <summary>
/// The health that an application reports of itself. Thread-safe. Created by AddGrpcHealth; take it from the container to set a status by hand.
/// </summary>
public sealed class GrpcHealthStatus
{
    private readonly Lock _lock = new();

    private ImmutableDictionary<string, ServingStatus> _set = ImmutableDictionary.Create<string, ServingStatus>(StringComparer.Ordinal); // written under _lock
    private TaskCompletionSource _changed = NewSignal(); // written under _lock
    private volatile bool _shutDown;

    /// <summary>True from the moment the application stops; every status is NOT_SERVING then and stays so.</summary>
    public bool IsShutDown => _shutDown;

    /// <summary>Completes at the next change. Take it before reading a status, or a change in between is missed.</summary>
    internal Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Sets the status of a service, or with an empty name of the server as a whole. It goes before health checks.</summary>
    /// <param name="service">Full name of the service, such as <c>demo.Orders</c>; it need not be mapped.</param>
    /// <param name="status">The status; SERVICE_UNKNOWN is for callers that watch and can't be set.</param>
    public void Set(string service, ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (status is < ServingStatus.Unknown or >= ServingStatus.ServiceUnknown)
        {
            throw new ArgumentOutOfRangeException(nameof(status), status, "Set UNKNOWN, SERVING or NOT_SERVING; Clear forgets a service.");
        }

        Update(set => set.SetItem(service, status));
    }

    /// <summary>Takes back what <see cref="Set"/> said.</summary>
    public void Clear(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        Update(set => set.Remove(service));
    }

    /// <summary>Makes everything NOT_SERVING for good. Called when the application stops; a drain may call it earlier.</summary>
    public void ShutDown()
    {
        _shutDown = true;
        Signal();
    }

    /// <summary>Services that have a status of their own now.</summary>
    internal IEnumerable<string> Names => Volatile.Read(ref _set).Keys;

    internal bool TryGet(string service, out ServingStatus status) => Volatile.Read(ref _set).TryGetValue(service, out status);

    internal void Signal()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Update(Func<ImmutableDictionary<string, ServingStatus>, ImmutableDictionary<string, ServingStatus>> change)
    {
        lock (_lock)
        {
            var next = change(_set);
            if (ReferenceEquals(next, _set))
            {
                return;
            }

            Volatile.Write(ref _set, next);
        }

        Signal();
    }
}
