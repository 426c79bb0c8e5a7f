namespace Rollcall.Hosts;

/// <summary>
/// Tells the primary handler that gRPC clients of a container have by default from one that the application has set. Compiled into the project that makes
/// it and into the one that looks for it, which don't know each other.
/// </summary>
internal static class DefaultPrimaryHandler
{
    private const string Key = "Rollcall.IsDefault";

    /// <summary>Says of a handler that nobody has asked for it.</summary>
    public static SocketsHttpHandler Mark(SocketsHttpHandler handler)
    {
        handler.Properties[Key] = true;
        return handler;
    }

    /// <summary>Whether nobody has asked for it.</summary>
    public static bool Is(HttpMessageHandler handler) => handler is SocketsHttpHandler sockets && sockets.Properties.ContainsKey(Key);
}
