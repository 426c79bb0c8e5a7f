namespace Grpc.Core;

/// <summary>Where calls go. Create one per target and share it.</summary>
public abstract class ChannelBase
{
    /// <summary>A channel for a target.</summary>
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>The target as it was given.</summary>
    public string Target { get; }

    /// <summary>Creates what makes calls over this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Stops the channel; calls made afterwards fail.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Does the work of <see cref="ShutdownAsync"/>; by default nothing.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
