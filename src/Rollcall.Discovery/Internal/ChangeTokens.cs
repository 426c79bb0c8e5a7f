using Microsoft.Extensions.Primitives;

namespace Rollcall.Discovery.Internal;

/// <summary>Awaits what tells by a callback that a configuration was loaded anew.</summary>
internal static class ChangeTokens
{
    /// <param name="token">Taken before the reading whose change is awaited.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WaitForChangeAsync(this IChangeToken token, CancellationToken cancellationToken)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = token.RegisterChangeCallback(static state => ((TaskCompletionSource)state!).TrySetResult(), changed);
        await changed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
