namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>Hears of the ends of calls that pickers lent endpoints to.</summary>
internal interface ICallObserver
{
    void OnCompleted(Endpoint endpoint, EndpointState state, in CallOutcome outcome);
}
