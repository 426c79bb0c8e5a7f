using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>A policy of somebody's own that fails when it is told of the end of a call.</summary>
public sealed class PolicyFaultTests : IDisposable
{
    private readonly LogCollector _log = new();

    public PolicyFaultTests() => _log.Expect(static e => e.Exception is NotSupportedException);

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task PolicyThatThrowsAtTheEndOfACall_IsLoggedAndTheCallEndsAllTheSame(bool moved, bool hedged)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        Endpoint[] endpoints = moved ? [Channels.Nobody(), peer.Endpoint] : [peer.Endpoint];
        var source = new StaticEndpointSource(endpoints.Select(static (e, i) => new Endpoint($"{i}", e.Host, e.Port)));
        await using var directory = new EndpointDirectory(source, loggerFactory: _log);
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), new FaultyAtTheEnd());
        var attempts = new AttemptLog();
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions
        {
            Balancer = balancer,
            OnAttempt = attempts.Add,
            ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromHours(1)) : null,
        });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
        await call.ResponseHeadersAsync.WithinAsync();

        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal(moved ? [AttemptFate.Moved, AttemptFate.Final] : [AttemptFate.Final], attempts.All.Select(static a => a.Fate));
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(0, e.InFlight));
        var errors = _log.Entries.Where(static e => e.Level == LogLevel.Error).ToArray();
        Assert.Equal(endpoints.Length, errors.Length);
        Assert.All(errors, static e => Assert.Contains("policy faulty", e.Message, StringComparison.Ordinal));
    }

    private sealed class FaultyAtTheEnd : IBalancingPolicy
    {
        public string Name => "faulty";

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input);

        private sealed class Picker(PickerInput input) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context) => 0;

            public override void OnCompleted(int slot, in CallOutcome outcome) => throw new NotSupportedException("boom");
        }
    }
}
