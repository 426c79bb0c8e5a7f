using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Makes SocketsHttpHandler connect, which it does for requests only: gives itself up when a connection is there, before anything of it is
/// sent. The handler keeps the connection.
/// </summary>
internal sealed class ConnectRequest : HttpRequestMessage
{
    // Never disposed: it has no timer, and a connection may come while the request ends.
    private readonly CancellationTokenSource _done = new();

    /// <param name="endpoint">Scheme, host and port.</param>
    /// <param name="authority">What calls name the server; null: its address. Connections for another name are not theirs.</param>
    public ConnectRequest(Uri endpoint, string? authority)
        : base(HttpMethod.Head, endpoint)
    {
        Version = HttpVersion.Version20;
        VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        Headers.Host = authority;
    }

    /// <summary>Fires when there is a connection.</summary>
    public CancellationToken Done => _done.Token;

    /// <summary>What was connected; null: nothing yet.</summary>
    public ConnectionStream? Connection { get; private set; }

    /// <summary>A connection is there, and no request was sent over it yet.</summary>
    public void OnConnected(ConnectionStream connection)
    {
        Connection = connection;
        _done.Cancel();
    }
}
