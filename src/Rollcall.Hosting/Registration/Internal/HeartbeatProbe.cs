using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>When one heartbeat is due, and asking and sending what it says. Used by one loop.</summary>
internal sealed class HeartbeatProbe(Heartbeat heartbeat, TimeProvider time)
{
    private Task<CheckUpdate>? _call;
    private Task? _pending;

    public Heartbeat Heartbeat { get; set; } = heartbeat;

    /// <summary>When to start next, by the loop's count of time.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>Why the last one was not taken; null: it was, or none was sent.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Completes when the agent has answered, or is given up; null: nothing was started.</summary>
    public Task? Pending => _pending;

    /// <summary>What was given with the last start.</summary>
    public int Epoch { get; private set; }

    /// <summary>Asks what the heartbeat is to say, and sends it.</summary>
    /// <param name="next">When it's due again.</param>
    /// <param name="epoch">Tells those of before from those of after.</param>
    /// <param name="send">Sends it; what is to say is null where being alive is being well.</param>
    /// <param name="cancellationToken">Ends the asking; what is taken then is a cancellation.</param>
    public void Start(TimeSpan next, int epoch, Func<Heartbeat, CheckUpdate?, Task> send, CancellationToken cancellationToken)
    {
        (Due, Epoch) = (next, epoch);
        _pending = BeatAsync(send, cancellationToken);
    }

    /// <summary>How it went.</summary>
    public Task TakeAsync()
    {
        var pending = _pending!;
        _pending = null;
        return pending;
    }

    private async Task BeatAsync(Func<Heartbeat, CheckUpdate?, Task> send, CancellationToken cancellationToken)
    {
        var update = await AskAsync(cancellationToken).ConfigureAwait(false);

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
