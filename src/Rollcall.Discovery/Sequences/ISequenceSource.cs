namespace Rollcall.Discovery.Sequences;

/// <summary>Where callers of a service, in any number of processes, get their shares of one sequence of numbers. Thread-safe.</summary>
public interface ISequenceSource
{
    /// <summary>Names it in logs and events, for example <c>consul at http://localhost:8500</c>.</summary>
    string Name { get; }

    /// <summary>Takes the next numbers of a sequence for the caller alone. A sequence that nobody has asked for begins at 0.</summary>
    /// <param name="query">Whose sequence: callers that ask for the same share it.</param>
    /// <param name="count">How many. At least 1.</param>
    /// <param name="cancellationToken">Ends the attempt; numbers may be lost by that.</param>
    /// <exception cref="Exception">No numbers could be had; the caller asks again later.</exception>
    ValueTask<SequenceBlock> ClaimAsync(ServiceQuery query, int count, CancellationToken cancellationToken);
}
