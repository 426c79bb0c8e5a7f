using System.Globalization;
using Rollcall.Discovery.Balancing.Limits;

namespace Rollcall.Discovery;

/// <summary>There is no instance to call. The message says why and what to do about it.</summary>
public sealed class NoEndpointException : Exception
{
    /// <summary>For a caller that has its own words.</summary>
    public NoEndpointException(ServiceQuery query, NoEndpointReason reason, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Query = query;
        Reason = reason;
    }

    /// <summary>What was asked.</summary>
    public ServiceQuery Query { get; }

    /// <summary>Why there is none.</summary>
    public NoEndpointReason Reason { get; }

    internal static NoEndpointException ForEmpty(EndpointSnapshot snapshot, string sourceName)
    {
        var what = snapshot.Note ?? "its list is empty";
        var trust = snapshot.Reason is null ? "" : $" ({snapshot.Freshness.ToString().ToLowerInvariant()} answer: {snapshot.Reason})";
        return new NoEndpointException(
            snapshot.Query,
            NoEndpointReason.NoInstance,
            $"No instance of '{snapshot.Query}' to call: {what}, says {sourceName}{trust}. "
            + "Start an instance, correct the name or what is selected by, or mend what keeps those that are there from being used.");
    }

    internal static NoEndpointException ForFull(ServiceQuery query, CallLimit limit) =>
        new(
            query,
            NoEndpointReason.AllFull,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Every instance of '{query}' that is in use has {(limit.IsAdaptive ? "as many" : limit.Max)} calls of this caller in flight{(limit.IsAdaptive ? " as it takes without queueing (AdaptiveLimit)" : ", which is MaxInFlight")}. Start more instances, make fewer calls at once, or let calls wait."));

    internal static NoEndpointException ForNoChoice(ServiceQuery query, string policy) =>
        new(
            query,
            NoEndpointReason.PolicyChoseNone,
            $"The policy {policy} chose none of the instances of '{query}'. Correct the policy, take another one, or let calls wait.");

    internal static NoEndpointException ForUnreachable(ServiceQuery query, SourceFailure failure, string sourceName) =>
        new(
            query,
            NoEndpointReason.SourceUnreachable,
            $"No instance of '{query}' is known: {sourceName} can't be read since {failure.Since.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture)} "
            + $"({failure.Attempts} {(failure.Attempts == 1 ? "attempt" : "attempts")}). {failure.Reason}",
            failure.Error);
}
