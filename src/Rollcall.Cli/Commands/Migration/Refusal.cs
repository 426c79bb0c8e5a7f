using System.Net;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>A side that does not let its token do something, in words that name the option of that side.</summary>
internal static class Refusal
{
    public static bool Is(ConsulException failure) => failure.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    public static CommandFailure Of(ConsulException failure, ConsulClient side, string option) => new(
        $"{failure.Operation} at {side.Address} failed: {(int?)failure.StatusCode} {failure.Body ?? "without a reason"}. Name a token that may do this with {option}.", ExitCode.Failure, failure);
}
