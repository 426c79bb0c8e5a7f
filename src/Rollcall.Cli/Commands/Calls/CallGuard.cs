using Grpc.Core;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Turns what ends a command that talks gRPC into what it prints and its exit code.</summary>
internal static class CallGuard
{
    /// <summary>What is told of a call that Ctrl+C ended.</summary>
    public const string Interrupted = "Interrupted: the call was cancelled.";

    public static async Task<int> RunAsync(
        Terminal terminal, Func<bool, ICallOutput> createOutput, Func<CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(cancellationToken);
        }
        catch (Exception failure) when (failure is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            // Unless the call had begun, and has told of its end by itself.
            await createOutput(false).WriteGivenUpAsync(Interrupted, null);
            await terminal.Error.WriteLineAsync(Interrupted);
            return ExitCode.OfStatus(StatusCode.Cancelled);
        }
        catch (RpcException failure)
        {
            // Of reflection: the call itself ends elsewhere.
            await createOutput(false).WriteEndAsync(failure.Status, failure.Trailers, StatusDetails.Read(failure.Trailers, null), null);
            return ExitCode.OfStatus(failure.StatusCode);
        }
    }
}
