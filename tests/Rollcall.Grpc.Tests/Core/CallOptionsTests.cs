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

    // Where the zone is UTC only the kind tells a deadline that was converted from one that was not.
    [Theory]
    [InlineData(DateTimeKind.Local, DateTimeKind.Utc)]
    [InlineData(DateTimeKind.Utc, DateTimeKind.Local)]
    [InlineData(DateTimeKind.Unspecified, DateTimeKind.Utc)]
    public void DeadlinesOfOtherKinds_AreComparedInUtc(DateTimeKind own, DateTimeKind inherited)
    {
        AssertDeadline(s_early, s_early, s_early.AddMinutes(1));
        AssertDeadline(s_early, s_early.AddMinutes(1), s_early);

        void AssertDeadline(DateTime expected, DateTime ofCall, DateTime ofServedCall)
        {
            var options = new CallOptions(deadline: As(own, ofCall), propagationToken: new(As(inherited, ofServedCall), default));

            Assert.Equal(expected, options.Deadline);
            Assert.Equal(DateTimeKind.Utc, options.Deadline!.Value.Kind);
        }

        static DateTime As(DateTimeKind kind, DateTime utc) => kind == DateTimeKind.Utc ? utc : DateTime.SpecifyKind(utc.ToLocalTime(), kind);
    }

    [Fact]
    public void EndsOfTime_StayWhatTheyAreInAnyZone()
    {
        var token = new ContextPropagationToken(s_early, default);

        Assert.Equal(DateTime.MinValue, new CallOptions(deadline: DateTime.MinValue, propagationToken: token).Deadline);
        Assert.Equal(s_early, new CallOptions(deadline: DateTime.MaxValue, propagationToken: token).Deadline);
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
