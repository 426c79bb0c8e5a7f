namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// The peer's first frame was GOAWAY without an error, where SETTINGS belongs (RFC 9113 3.4): Kestrel does this when it stops just as a connection begins. It has
/// served nothing on it. The HTTP handler would report the frame by its code, which may as well be that of a call which the peer has begun.
/// </summary>
internal sealed class ConnectionNotServedException() : IOException("The server was stopping, and closed the connection before it served anything.");
