namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>Hears of the ends of calls that pickers lent endpoints to.</summary>
internal interface ICallObserver
{
    void OnCompleted(Endpoint endpoint, EndpointState state, in CallOutcome outcome);

    /// <summary>The policy threw when it was told of the end of a call. <see cref="OnCompleted"/> follows.</summary>
    void OnPolicyFailed(Exception error);
}
