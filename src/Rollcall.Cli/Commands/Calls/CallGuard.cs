using Grpc.Core;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Turns what ends a command that talks gRPC into what it prints and its exit code.</summary>
internal static class CallGuard
{
    public static async Task<int> RunAsync(
        Terminal terminal, Func<bool, ICallOutput> createOutput, Func<CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(cancellationToken);
        }
        catch (Exception failure) when (failure is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync("Interrupted: the call was cancelled.");
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
