namespace Rollcall.Interop.Tests;

/// <summary>
/// A server for clients who cancel a thousand calls on one connection. With Kestrel's default, 100, those that it has not cleared away look like an
/// attack to it once they are 200, and it closes the connection.
/// </summary>
public sealed class BusyServer : OwnServer
{
    public BusyServer() => StreamsPerConnection = 1000;
}
