using System.Net;
using System.Net.Sockets;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// The runtime's threads that hear of data on sockets. By default they wake a thread of the pool for each piece of it; what the pool's threads cost in
/// waking and looking for work is half the CPU time of a small request. Nothing that runs after an operation of a socket may block where they go on themselves.
/// </summary>
internal static class SocketThreads
{
    // The runtime has no other switch, and reads this one once.
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Lets them go on with what waits for the data, in this process alone: programs that it starts find the environment as it was.</summary>
    public static void AnswerInline()
    {
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, "1");
        try
        {
            Start();
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    // The threads start, and the variable is read, when the first operation has to wait.
    private static void Start()
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            using var never = new CancellationTokenSource();
            var waiting = socket.ReceiveAsync(new byte[1].AsMemory(), never.Token).AsTask();
            never.Cancel();
            _ = waiting.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
        }
        catch (SocketException)
        {
            // Without such sockets it stays as it is.
        }
    }
}
