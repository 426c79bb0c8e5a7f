using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>When one heartbeat is due, and asking and sending what it says. Used by one loop.</summary>
internal sealed class HeartbeatProbe(Heartbeat heartbeat, TimeProvider time)
{
    private Task<CheckUpdate>? _call;
    private Task? _pending;

    // What is found, or was last; null where being alive is being well.
    private Task<CheckUpdate?>? _answer;
    private TimeSpan? _againAt;
    private TimeSpan _askDue;

    public Heartbeat Heartbeat { get; set; } = heartbeat;

    /// <summary>When to start next, by the loop's count of time.</summary>
    public TimeSpan Due => _againAt < _askDue ? _againAt.Value : _askDue;

    /// <summary>Why the last one was not taken; null: it was, or none was sent.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Completes when the agent has answered, or is given up; null: nothing was started.</summary>
    public Task? Pending => _pending;

    /// <summary>What was given with the last start.</summary>
    public int Epoch { get; private set; }

    /// <summary>It is to say what is found then, by the loop's count of time.</summary>
    public void AskAt(TimeSpan due) => (_askDue, _againAt) = (due, null);

    /// <summary>What was last found may not have arrived. A function costs what a health check costs, and is asked no more often for that.</summary>
    public void SendAgainAt(TimeSpan due) => _againAt = due;

    /// <summary>It failed, perhaps after so long that the next is due.</summary>
    public void RestUntil(TimeSpan due) => _askDue = due > _askDue ? due : _askDue;

    /// <summary>Asks what the heartbeat is to say, where that is due, and sends it.</summary>
    /// <param name="now">The time.</param>
    /// <param name="next">When to ask after that.</param>
    /// <param name="epoch">Tells those of before from those of after.</param>
    /// <param name="send">Sends it; what is to say is null where being alive is being well.</param>
    /// <param name="cancellationToken">Ends the asking; what is taken then is a cancellation.</param>
    public void Start(TimeSpan now, TimeSpan next, int epoch, Func<Heartbeat, CheckUpdate?, Task> send, CancellationToken cancellationToken)
    {
        (_againAt, Epoch) = (null, epoch);
        if (now >= _askDue || _answer is null)
        {
            (_askDue, _answer) = (next, AskAsync(cancellationToken));
        }

        _pending = SendAsync(_answer, send);
    }

    /// <summary>How it went.</summary>
    public Task TakeAsync()
    {
        var pending = _pending!;
        _pending = null;
        return pending;
    }

    private async Task SendAsync(Task<CheckUpdate?> answer, Func<Heartbeat, CheckUpdate?, Task> send)
    {
        var update = await answer.ConfigureAwait(false);

        // Meanwhile it may have got another check.
        await send(Heartbeat, update).ConfigureAwait(false);
    }

    private async Task<CheckUpdate?> AskAsync(CancellationToken cancellationToken)
    {
        if (Heartbeat.Probe is not { } probe)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(Heartbeat.Interval, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A function that doesn't heed its token is waited for again rather than called again: hung calls must not pile up.
            var token = linked.Token;
            _call = _call is { IsCompleted: false } hung ? hung : Task.Run(() => probe(token).AsTask(), CancellationToken.None);
            return await _call.WaitAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Critical($"The check function gave no answer within {Heartbeat.Interval.TotalSeconds:0.###} s.");
        }
#pragma warning disable CA1031 // The application's own code: its exceptions are an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Critical($"The check function failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private static CheckUpdate Critical(string output) => new() { Status = CheckStatus.Critical, Output = output };
}
