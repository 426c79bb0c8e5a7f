using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>An instance leaves the list while a call to it begins: its connection is closed under the call.</summary>
public class LeavingInstanceTests
{
    private readonly AttemptLog _log = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallThatBegins_WhenNobodyElseIsLeft_IsMadeThere(bool hedged)
    {
        await using var leaving = Peer("leaving");
        var source = new ManualSource(leaving.Endpoint);
        using var channel = Over(source, hedged);
        Assert.Equal("leaving", await CallAsync(channel));

        using var moment = new HeadersMoment(() => Leave(channel, source));
        Assert.Equal("leaving", await CallAsync(channel));

        Assert.True(moment.HasCome);
        Assert.Equal(
            [(leaving.Port, 1, StatusCode.OK, AttemptFate.Final), (leaving.Port, 1, StatusCode.OK, AttemptFate.Final)],
            _log.All.Select(static a => (a.Endpoint.Port, a.Number, a.StatusCode, a.Fate)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallThatBegins_WhenAnotherIsLeft_GoesThere(bool hedged)
    {
        await using var leaving = Peer("leaving");
        await using var staying = Peer("staying");
        var source = new ManualSource(leaving.Endpoint);
        using var channel = Over(source, hedged);
        Assert.Equal("leaving", await CallAsync(channel));

        using var moment = new HeadersMoment(() => Leave(channel, source, staying.Endpoint));
        Assert.Equal("staying", await CallAsync(channel));

        Assert.True(moment.HasCome);
        Assert.Equal([leaving.Port, leaving.Port, staying.Port], _log.All.Select(static a => a.Endpoint.Port));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ChannelThatIsDisposedUnderACall_EndsItWithThatReason(bool hedged)
    {
        await using var peer = Peer("peer");
        using var channel = Over(new ManualSource(peer.Endpoint), hedged);
        await CallAsync(channel);

        using var moment = new HeadersMoment(channel.Dispose);
        var error = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));

        Assert.True(moment.HasCome);
        Assert.Equal(new Status(StatusCode.Cancelled, "The channel was disposed."), new Status(error.StatusCode, error.Status.Detail));
    }

    private static FramePeer Peer(string answer) => FramePeer.Start((connection, id) => connection.AnswerAsync(id, answer));

    private static Task<string> CallAsync(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();

    /// <summary>Returns when the list is another, and the connections of the one that was in it are closed to further calls.</summary>
    private static void Leave(GrpcChannel channel, ManualSource source, params Endpoint[] remaining)
    {
        var method = channel.GetMethod(TextMethods.Unary);
        var gone = channel.Balancer.Snapshot!.Endpoints[0];
        var transport = method.GetTarget(gone).Transport;
        transport.Retire();
        source.Set(remaining);

        // Who left is forgotten when further calls to it get other connections.
        SpinWait.SpinUntil(() => method.GetTarget(gone).Transport != transport, TimeSpan.FromSeconds(30));
    }

    private GrpcChannel Over(ManualSource source, bool hedged) => GrpcChannel.ForAddress(
        "consul:///x",
        new GrpcChannelOptions
        {
            Directory = new EndpointDirectory(source),
            OnAttempt = _log.Add,
            ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromMinutes(1)) : null,
        });
}
