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
}
