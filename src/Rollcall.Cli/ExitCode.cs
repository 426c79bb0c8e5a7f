using Grpc.Core;

namespace Rollcall.Cli;

/// <summary>What the command tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It could not be done, or the answer is no.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>It works, but not as it should.</summary>
    public const int Degraded = 3;

    /// <summary>Ctrl+C or SIGTERM ended it before its work was done. What shells make of a program that Ctrl+C ends.</summary>
    public const int Interrupted = 130;

    private const int FirstStatus = 64;

    /// <summary>A gRPC call ended with a status other than OK: 64 and the status, as other tools have it, so that scripts can tell them apart.</summary>
    public static int OfStatus(StatusCode status) => FirstStatus + (int)status;
}
