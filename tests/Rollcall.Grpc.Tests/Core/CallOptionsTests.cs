using Grpc.Core;

namespace Rollcall.Grpc.Tests.Core;

public sealed class CallOptionsTests
{
    private static readonly DateTime s_early = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime s_late = s_early.AddHours(1);

    [Fact]
    public void EveryWith_ChangesOnePartOfACopy()
    {
        using var cancellation = new CancellationTokenSource();
        var headers = new Metadata();
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);
        var original = new CallOptions();

        var changed = original.WithHeaders(headers).WithDeadline(s_early).WithCancellationToken(cancellation.Token)
            .WithWriteOptions(WriteOptions.Default).WithCredentials(credentials).WithWaitForReady();

        Assert.Same(headers, changed.Headers);
        Assert.Equal(s_early, changed.Deadline);
        Assert.Equal(cancellation.Token, changed.CancellationToken);
        Assert.Same(WriteOptions.Default, changed.WriteOptions);
        Assert.Same(credentials, changed.Credentials);
        Assert.True(changed.IsWaitForReady);
        Assert.Null(original.Deadline);
        Assert.False(original.IsWaitForReady);
    }

    [Fact]
    public void PropagationToken_GivesTheEarlierDeadlineAndItsCancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var token = new ContextPropagationToken(s_early, cancellation.Token);

        Assert.Equal(s_early, new CallOptions(propagationToken: token).Deadline);
        Assert.Equal(s_early, new CallOptions(deadline: s_late, propagationToken: token).Deadline);
        Assert.Equal(s_late, new CallOptions(deadline: s_late).WithPropagationToken(new(DateTime.MaxValue, default)).Deadline);
        Assert.Equal(cancellation.Token, new CallOptions(propagationToken: token).CancellationToken);
    }

    [Fact]
    public void PropagationOptions_HoldBackWhatTheySay()
    {
        using var cancellation = new CancellationTokenSource();
        var token = new ContextPropagationToken(s_early, cancellation.Token, new ContextPropagationOptions(false, false));
        var options = new CallOptions(propagationToken: token);

        Assert.Null(options.Deadline);
        Assert.False(options.CancellationToken.CanBeCanceled);
    }
}
