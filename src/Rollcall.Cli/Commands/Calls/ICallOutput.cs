using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Where what a call brings is shown, as it comes.</summary>
internal interface ICallOutput
{
    /// <summary>Whether the JSON of responses may take several lines.</summary>
    bool IsIndented { get; }

    Task WriteHeadersAsync(Metadata headers);

    Task WriteResponseAsync(string json);

    /// <param name="status">How the call ended.</param>
    /// <param name="trailers">What came with it.</param>
    /// <param name="details">The status's details, each one JSON.</param>
    /// <param name="endpoint">Who was called; null if nobody was.</param>
    Task WriteEndAsync(Status status, Metadata trailers, IReadOnlyList<string> details, Endpoint? endpoint);

    /// <summary>The end of a call that this side gave up. For programs, who count on a last line; people are told by the command what became of it.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="endpoint">Who was called; null if nobody was.</param>
    Task WriteGivenUpAsync(string reason, Endpoint? endpoint);
}
