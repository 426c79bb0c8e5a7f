using System.Net;
using System.Net.Sockets;
using Rollcall.Discovery.Http;

namespace Rollcall.Discovery.Tests.Http;

public sealed class HttpFailureTests
{
    /// <summary>As it comes when a stopping server has said GOAWAY on each connection that the handler tried: in a race, so it is made here.</summary>
    private static readonly HttpRequestException s_gaveBack = new("The server shut down the connection.");

    [Fact]
    public void HandlerGaveTheRequestBackUnsent_AnyRequestMayGoElsewhere()
    {
        var failure = From(s_gaveBack, isOwnHandler: true);

        Assert.Equal(HttpFailureKind.Refused, failure.Kind);
        Assert.True(failure.IsUnprocessed);
    }

    [Fact]
    public void HandlerOfTheCallersOwn_ServerMayHaveActed() => Assert.Equal(HttpFailureKind.Lost, From(s_gaveBack, isOwnHandler: false).Kind);

    [Theory]
    [InlineData(HttpRequestError.ResponseEnded, false, null)]
    [InlineData(HttpRequestError.Unknown, true, null)]
    [InlineData(HttpRequestError.Unknown, false, HttpStatusCode.BadGateway)]
    public void CauseIsNamed_ServerMayHaveActed(HttpRequestError error, bool hasCause, HttpStatusCode? status) =>
        Assert.Equal(
            HttpFailureKind.Lost,
            From(new HttpRequestException(error, "broken", hasCause ? new IOException("reset") : null, status), isOwnHandler: true).Kind);

    [Theory]
    [InlineData(true, "NeverSent")]
    [InlineData(false, "TimedOut")]
    public void TimeoutWithoutOneOfOurs_IsTheConnectTimeoutOnlyOfAHandlerOfOurs(bool isOwnHandler, string kind) =>
        Assert.Equal(kind, From(new TaskCanceledException("too late", new TimeoutException()), isOwnHandler).Kind.ToString());

    // In a race, so it is made here.
    [Theory]
    [InlineData(true, "NeverSent")]
    [InlineData(false, "NotTheServers")]
    public void ConnectionIsGoneAsItIsMade_NothingWasSent(bool isOwnHandler, string kind) =>
        Assert.Equal(kind, From(new SocketException((int)SocketError.NotConnected), isOwnHandler).Kind.ToString());

    [Fact]
    public void RequestThatCantHaveComeBackUnsent_IsAtFaultItself() =>
        Assert.Equal(HttpFailureKind.NotTheServers, From(s_gaveBack, isOwnHandler: true, mayComeBack: false).Kind);

    private static HttpFailure From(Exception error, bool isOwnHandler, bool mayComeBack = true) =>
        HttpFailure.From(error, isCancelled: false, isOver: false, isTimeOver: false, isOwnHandler, mayComeBack);
}
