using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A front server whose handler calls a back server: what of the first call holds for the second.</summary>
public sealed class PropagationTests : IAsyncLifetime
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<ServerCallContext> _atBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _backCancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DateTime> _backDeadline = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StatusCode> _backStatus = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeTimeProvider _time = new();
    private GrpcTestServer _front = null!;
    private GrpcTestServer _back = null!;
    private GrpcChannel _toFront = null!;
    private GrpcChannel _toBack = null!;

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    public async Task InitializeAsync()
    {
        _front = await GrpcTestServer.StartAsync(timeProvider: _time);
        _back = await GrpcTestServer.StartAsync(timeProvider: _time);
        _toFront = GrpcChannel.ForAddress(_front.Address, new GrpcChannelOptions { TimeProvider = _time });
        _toBack = GrpcChannel.ForAddress(_back.Address, new GrpcChannelOptions { TimeProvider = _time });
    }

    public async Task DisposeAsync()
    {
        await _toFront.DisposeAsync();
        await _toBack.DisposeAsync();
        await _front.DisposeAsync();
        await _back.DisposeAsync();
    }

    [Fact]
    public async Task EarlierDeadlineOfTheServedCall_Holds()
    {
        Forward(context => new CallOptions(deadline: Now + (2 * s_minute)).WithPropagationToken(context.CreatePropagationToken()));
        BackReportsItsDeadline();

        await CallFrontAsync(Now + s_minute);

        Assert.Equal(Now + s_minute, await _backDeadline.Task.WithinAsync());
    }

    [Fact]
    public async Task EarlierDeadlineOfTheNewCall_Holds()
    {
        Forward(context => new CallOptions(deadline: Now + s_minute).WithPropagationToken(context.CreatePropagationToken()));
        BackReportsItsDeadline();

        await CallFrontAsync(Now + (3 * s_minute));

        Assert.Equal(Now + s_minute, await _backDeadline.Task.WithinAsync());
    }

    [Fact]
    public async Task WithoutADeadlineOfItsOwn_TheNewCallHasTheServedCalls()
    {
        Forward(context => default(CallOptions).WithPropagationToken(context.CreatePropagationToken()));
        BackHangs();

        var call = CallFrontAsync(Now + s_minute);
        Assert.Equal(Now + s_minute, (await _atBack.Task.WithinAsync()).Deadline);
        _time.Advance(s_minute);

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, await _backStatus.Task.WithinAsync());
        await _backCancelled.Task.WithinAsync();
    }

    [Fact]
    public async Task DeadlineNotPropagated_TheNewCallHasNone()
    {
        Forward(context => default(CallOptions).WithPropagationToken(
            context.CreatePropagationToken(new ContextPropagationOptions(propagateDeadline: false))));
        BackReportsItsDeadline();

        await CallFrontAsync(Now + s_minute);

        Assert.Equal(DateTime.MaxValue, await _backDeadline.Task.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancellationOfTheServedCall_EndsTheNewCall(bool hasTokenOfItsOwn)
    {
        using var own = new CancellationTokenSource();
        Forward(context => new CallOptions(cancellationToken: hasTokenOfItsOwn ? own.Token : default)
            .WithPropagationToken(context.CreatePropagationToken()));
        BackHangs();
        using var caller = new CancellationTokenSource();

        var call = CallFrontAsync(deadline: null, caller.Token);
        await _atBack.Task.WithinAsync();
        await caller.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        await _backCancelled.Task.WithinAsync();
        Assert.Equal(StatusCode.Cancelled, await _backStatus.Task.WithinAsync());
    }

    [Fact]
    public async Task OwnToken_StillEndsTheNewCall()
    {
        using var own = new CancellationTokenSource();
        Forward(context => new CallOptions(cancellationToken: own.Token).WithPropagationToken(context.CreatePropagationToken()));
        BackHangs();

        var call = CallFrontAsync(deadline: null);
        await _atBack.Task.WithinAsync();
        await own.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        await _backCancelled.Task.WithinAsync();
    }

    [Fact]
    public async Task CancellationNotPropagated_TheNewCallGoesOn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Forward(context => default(CallOptions).WithPropagationToken(
            context.CreatePropagationToken(new ContextPropagationOptions(propagateCancellation: false))));
        _back.Behavior.Unary = async (request, context) =>
        {
            _atBack.TrySetResult(context);
            await release.Task;
            return EchoBehavior.Reply(request);
        };
        using var caller = new CancellationTokenSource();

        var call = CallFrontAsync(deadline: null, caller.Token);
        await _atBack.Task.WithinAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call);
        release.SetResult();

        Assert.Equal(StatusCode.OK, await _backStatus.Task.WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ServedCall_IsFoundByTheRequestsFeaturesWhereAskedFor(bool exposed)
    {
        await using var server = await GrpcTestServer.StartAsync(services: services =>
        {
            services.AddHttpContextAccessor();
            if (exposed)
            {
                services.AddSingleton<ServerCallContextExposure>();
            }
        });
        var accessor = server.Services.GetRequiredService<IHttpContextAccessor>();
        ServerCallContext? found = null;
        ServerCallContext? served = null;
        server.Behavior.Unary = (request, context) =>
        {
            served = context;
            found = accessor.HttpContext?.Features.Get<IServerCallContextFeature>()?.ServerCallContext;
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest());

        Assert.NotNull(served);
        Assert.Same(exposed ? served : null, found);
    }

    private Task<EchoReply> CallFrontAsync(DateTime? deadline, CancellationToken cancellationToken = default) =>
        new Echo.EchoClient(_toFront).UnaryAsync(new EchoRequest(), deadline: deadline, cancellationToken: cancellationToken).ResponseAsync.WithinAsync();

    private void Forward(Func<ServerCallContext, CallOptions> options) => _front.Behavior.Unary = async (request, context) =>
    {
        var call = new Echo.EchoClient(_toBack).UnaryAsync(request, options(context));
        try
        {
            return await call.ResponseAsync;
        }
        finally
        {
            _backStatus.TrySetResult(call.GetStatus().StatusCode);
        }
    };

    private void BackReportsItsDeadline() => _back.Behavior.Unary = (request, context) =>
    {
        _backDeadline.TrySetResult(context.Deadline);
        return Task.FromResult(EchoBehavior.Reply(request));
    };

    private void BackHangs() => _back.Behavior.Unary = async (request, context) =>
    {
        await using var registration = context.CancellationToken.Register(() => _backCancelled.TrySetResult());
        _atBack.TrySetResult(context);
        await _backCancelled.Task;
        return EchoBehavior.Reply(request);
    };
}
