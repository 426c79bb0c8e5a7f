using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A state, and the signal that it is over. Immutable but for the signal.</summary>
internal sealed class ConnectivityMoment(ConnectivityState state)
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConnectivityState State => state;

    /// <summary>Completes when the state is another one than <paramref name="last"/>.</summary>
    public Task WaitForChangeAsync(ConnectivityState last, CancellationToken cancellationToken) =>
        state == last ? _replaced.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    public void SignalReplaced() => _replaced.TrySetResult();
}
