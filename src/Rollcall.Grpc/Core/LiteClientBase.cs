namespace Grpc.Core;

/// <summary>Base of clients generated with the <c>lite_client</c> option.</summary>
public abstract class LiteClientBase
{
    /// <summary>A client for test doubles: every call fails.</summary>
    protected LiteClientBase() => CallInvoker = UnimplementedCallInvoker.Instance;

    /// <summary>A client over a channel.</summary>
    protected LiteClientBase(ChannelBase channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        CallInvoker = channel.CreateCallInvoker();
    }

    /// <summary>A client over a call invoker.</summary>
    protected LiteClientBase(CallInvoker callInvoker)
    {
        ArgumentNullException.ThrowIfNull(callInvoker);
        CallInvoker = callInvoker;
    }

    /// <summary>What makes the calls.</summary>
    protected CallInvoker CallInvoker { get; }
}
