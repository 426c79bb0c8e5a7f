using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// Keeps one service registered: compares what is desired with what the agent says and closes the difference, until it's told to
/// deregister. No failure ends it. It only writes when something differs: every write of a registration could wake every watcher.
/// </summary>
internal sealed partial class RegistrationLoop : IAsyncDisposable
{
    // An agent that was killed and came back empty has the service again within 5 seconds: interval, jitter and backoff stay below half of it.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(2);

    // Whether single checks were removed behind our back, or are critical, needs the list of all checks of the agent: rarely.
    private static readonly TimeSpan s_checksInterval = TimeSpan.FromSeconds(30);

    private readonly RegistrationSource _source;
    private readonly ConsulClient _consul;
    private readonly ImpatientAgent _agent;
    private readonly TimeProvider _time;
    private readonly RegistrationPace _pace;
    private readonly ILogger _logger;
    private readonly RegistrationStatus _status;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly long _madeAt;
    private Task? _running;

    // Only the loop touches these. Times count from when it was made: the wall clock may be set.
    private RegistrationPlan? _plan;
    private readonly HeartbeatSet _heartbeats;

    // Ids under which it was registered at addresses that it has no more, and still may be.
    private readonly List<string> _former = [];
    private TimeSpan _pollDue;
    private TimeSpan _checksDue;
    private string[] _critical = [];
    private bool _registered;

    // How often the client's token had been replaced when it was last registered.
    private int _tokenOf;

    // Whether the agent has the service, in whatever state, as far as is known: without it, heartbeats make no sense.
    private bool _isThere;

    // Why the last look failed; null: it didn't.
    private Exception? _lookFailure;

    // Why the list of checks could not be had or put right; null: it could, or was not asked for yet.
    private Exception? _listFailure;

    // Whether an operator has it in maintenance mode, by the last list.
    private bool _inMaintenance;

    // Set by a look, beside which heartbeats go: all are due anew when it is over.
    private bool _beatAnew;

    private IdContest _contest;
    private bool _mayBeListed;

    // What the agent has last confirmed; null: it never did.
    private RegistrationPlan? _confirmed;

    // What was last sent without an answer, and may have been carried out since then; null: nothing was.
    private RegistrationPlan? _unanswered;
    private int _failures;

    public RegistrationLoop(RegistrationSource source, ConsulClient consul, TimeProvider time, Random random, ILogger logger)
    {
        (_source, _consul, _time, _logger) = (source, consul, time, logger);
        _agent = new ImpatientAgent(consul, source.ShortestInterval, time);
        _status = new RegistrationStatus(source.ServiceName, consul.Address, time, logger);
        _madeAt = time.GetTimestamp();
        _pace = new RegistrationPace(time, random);
        _contest = new IdContest(_pace);
        _heartbeats = new HeartbeatSet(_agent, _pace, time, _stopping.Token, _abort.Token);
        if (source.Plan is { } plan)
        {
            Adopt(plan);
        }
    }

    public RegistrationState State => _status.State;

    public TimeSpan DrainDelay => _source.DrainDelay;

    private RegistrationPlan Plan => _plan ?? throw new InvalidOperationException("No address is known yet.");

    private TimeSpan Now => _time.GetElapsedTime(_madeAt);

    /// <summary>Starts; returns at once, whatever the agent does.</summary>
    public void Start()
    {
        // The loop outlives whatever context the host starts in.
        using (ExecutionContext.SuppressFlow())
        {
            _running = Task.Run(async () =>
            {
                await RunAsync().ConfigureAwait(false);
                await Task.WhenAll(_heartbeats.Pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            });
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ReconcileAsync(_abort.Token).ConfigureAwait(false);
                if (!TellOfWhatLasts())
                {
                    _failures = 0;
                    _status.Settle();
                }
            }
            catch (Exception e) when (IsTheEnd(e))
            {
                return;
            }
#pragma warning disable CA1031 // Whatever goes wrong, a service that lives stays registered.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (!TellOfWhatLasts())
                {
                    _status.Fail(e);
                }

                // After an outage the agent may be another one, or the same with a TTL that has run out. No rest that it asks for holds up a heartbeat that is due.
                var again = Now + _pace.AfterFailure(_failures++, e);
                _pollDue = again;
                _heartbeats.SendAgainAt(_contest.YieldUntil is { } until && until > again ? until : again);
            }

            var next = NextBeat();
            await RestAsync((_pollDue < next ? _pollDue : next) - Now, beside: null).ConfigureAwait(false);
        }
    }

    /// <summary>Of what fails at the same time it is always the same that is told, whichever failed last: one outage is no news with each request.</summary>
    /// <returns>Whether anything does.</returns>
    private bool TellOfWhatLasts()
    {
        if (_lookFailure is not null)
        {
            // If it was not tried again this time, it is no better for that.
            _status.Fail(_lookFailure);
        }
        else if (_plan is null)
        {
            _status.Fail(FailureKind.NoAddress, _source.NoAddress);
        }
        else if (_contest.Fault is { } contest)
        {
            _status.Fail(FailureKind.Contested, contest);
        }
        else if ((_heartbeats.Failure ?? _listFailure) is { } lasting)
        {
            _status.Fail(lasting);
        }
        else
        {
            return false;
        }

        return true;
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        _heartbeats.HasFailed = false;
        var failure = await LookWhileBeatingAsync(cancellationToken).ConfigureAwait(false);
        if (failure is null && _heartbeats is { HasFailed: true, MayBeGone: true })
        {
            // What the agent means is found out by looking, not by reading its text: if nothing is missing, the error stands.
            (_pollDue, _checksDue) = (TimeSpan.Zero, TimeSpan.Zero);
            failure = await LookWhileBeatingAsync(cancellationToken).ConfigureAwait(false);
        }

        if ((failure ?? (_heartbeats.HasFailed ? _heartbeats.Failure : null)) is { } news)
        {
            ExceptionDispatchInfo.Throw(news);
        }
    }

    /// <summary>
    /// Looks at the agent where that is due. Heartbeats are what keeps the instance in the lists: they go beside it, however long it takes and whatever becomes of it.
    /// </summary>
    /// <returns>Why the look failed; null: it didn't.</returns>
    private async Task<Exception?> LookWhileBeatingAsync(CancellationToken cancellationToken)
    {
        Exception? failure = null;
        var isDue = Now >= _pollDue;
        try
        {
            if (isDue)
            {
                var renewal = _source.RenewAsync(cancellationToken);
                await BeatBesideAsync(renewal).ConfigureAwait(false);
                if (await renewal.ConfigureAwait(false))
                {
                    Adopt(_source.Plan!);
                }

                var look = LookAsync(cancellationToken);
                await BeatBesideAsync(look).ConfigureAwait(false);
                BeginAnewWhereDue();

                // It is there: what else there is to do holds up its first heartbeat no more than any other.
                await BeatBesideAsync(TidyAsync(await look.ConfigureAwait(false), cancellationToken)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!IsTheEnd(e))
        {
            failure = e;
        }

        _lookFailure = isDue ? failure : _lookFailure;
        await BeatAsync().ConfigureAwait(false);
        return failure;
    }

    /// <summary>Until a part of a look is over. Without the service, heartbeats make no sense. What the part changes, they don't touch.</summary>
    private async Task BeatBesideAsync(Task part)
    {
        while (_isThere && !part.IsCompleted && !_stopping.IsCancellationRequested)
        {
            await BeatAsync().ConfigureAwait(false);
            await RestAsync(NextBeat() - Now, part).ConfigureAwait(false);
        }

        await part.ConfigureAwait(false);
    }

    private void BeginAnewWhereDue()
    {
        if (_beatAnew)
        {
            // While somebody else has the id, they would keep up its checks.
            _beatAnew = false;
            _heartbeats.BeginAnew(_contest.YieldUntil ?? TimeSpan.Zero);
        }
    }

    private async Task BeatAsync()
    {
        await _heartbeats.TakeAsync(Now, _failures).ConfigureAwait(false);
        if (_isThere)
        {
            _heartbeats.Start(Now);
        }
    }

    /// <summary>Registers it, where the agent doesn't have it as it is to be.</summary>
    /// <returns>Whether that was necessary.</returns>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        if (_plan is null)
        {
            PollLater();
            return false;
        }

        if (_registered)
        {
            if (await DifferenceAsync(Now >= _checksDue, cancellationToken).ConfigureAwait(false) is not { } difference)
            {
                return false;
            }

            Log.Differs(_logger, Plan.Id, _consul.Address, difference);
        }

        await RegisterAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>What is left to do when it is there: puts away what it had before.</summary>
    /// <param name="isNew">Whether it was registered just now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task TidyAsync(bool isNew, CancellationToken cancellationToken)
    {
        if (isNew)
        {
            // After it, so that the service is never without a check that finds it ill.
            await ListAsync(cancellationToken).ConfigureAwait(false);
            await LookAtAgentAsync(cancellationToken).ConfigureAwait(false);
        }

        while (_former is [var id, ..])
        {
            // After registering anew, so that it is not missing in between.
            await _agent.DeregisterAsync(id, cancellationToken).ConfigureAwait(false);
            _former.RemoveAt(0);
            Log.Deregistered(_logger, id, _consul.Address);
        }
    }

    private void Adopt(RegistrationPlan plan)
    {
        if (_mayBeListed && Plan.Id != plan.Id)
        {
            _former.Add(Plan.Id);
        }

        // An address may come back before it was forgotten.
        _former.Remove(plan.Id);
        _plan = plan;
        _heartbeats.Adopt(plan.Heartbeats);
        (_registered, _isThere, _critical, _listFailure, _inMaintenance) = (false, false, [], null, false);
        _contest = new IdContest(_pace);
        _status.Change(State with { ServiceId = plan.Id });
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        _registered = false;

        // Before the request: one that is replaced meanwhile costs a registration more, and none is missed.
        _tokenOf = _consul.TokenReplacements;
        try
        {
            await _agent.RegisterAsync(Plan.ServiceWith(_critical), cancellationToken).ConfigureAwait(false);
            (_mayBeListed, _confirmed) = (true, Plan);
        }
        catch (Exception e) when (!WasNotCarriedOut(e))
        {
            (_mayBeListed, _unanswered) = (true, Plan);
            throw;
        }

        (_registered, _isThere) = (true, true);
        _contest.OnRegistered();
        PollLater();

        // The status of a check that was there before stays: the first heartbeat follows at once.
        _beatAnew = true;
        _status.Change(State with { Actual = RegistrationPresence.Registered });
        Log.Registered(_logger, Plan.Service.Name, Plan.Id, Plan.Service.Address, Plan.Service.Port, _consul.Address);
    }

    /// <summary>In words, what the agent lacks; null: nothing.</summary>
    private async Task<string?> DifferenceAsync(bool checks, CancellationToken cancellationToken)
    {
        var actual = await _agent.ServiceAsync(Plan.Id, cancellationToken).ConfigureAwait(false);
        if (actual is null)
        {
            (_registered, _isThere) = (false, false);
            _status.Change(State with { Actual = RegistrationPresence.Absent });
            _mayBeAnother = true;
            return "it doesn't know the service (was it restarted?)";
        }

        _isThere = true;
        PollLater();
        if (!Plan.Matches(actual))
        {
            if (!_contest.Yields(Now, () => DescribeRival(actual)))
            {
                return "it has other data for the service";
            }

            _beatAnew = true;
            return null;
        }

        _contest.OnOurs(Now);
        var isOfOldToken = _tokenOf != _consul.TokenReplacements;
        if ((checks || isOfOldToken) && await ListAsync(cancellationToken).ConfigureAwait(false) is { } known)
        {
            _critical = [.. known.Values.Where(c => c.ServiceId == Plan.Id && c.Status == CheckStatus.Critical).Select(c => c.CheckId)];
            if (Plan.Service.Checks?.FirstOrDefault(c => !known.ContainsKey(c.CheckId!)) is { } missing)
            {
                return $"it doesn't know the check {missing.CheckId}";
            }
        }

        // The agent goes on telling the catalog of it with the token that it was registered with, which is refused: nothing would arrive there, neither its checks nor its end.
        return isOfOldToken ? "it reports the service with a token that was replaced" : null;
    }

    private string DescribeRival(AgentService other) =>
        $"{other.Service} at {other.Address}:{other.Port} registers with the same id, {Plan.Id}, at the agent at {_consul.Address}. Give each instance its own Id, or leave Id to Rollcall.";

    /// <summary>All checks of the agent, rid of those that we made once; null: they can't be had, which is no reason to do anything else less well.</summary>
    private async Task<IReadOnlyDictionary<string, HealthCheck>?> ListAsync(CancellationToken cancellationToken)
    {
        // One that is refused or takes too long is asked for no more often than one that comes.
        _checksDue = Now + _pace.Jitter(s_checksInterval, 0.8, 1.2);
        try
        {
            var known = await _agent.ChecksAsync(cancellationToken).ConfigureAwait(false);
            foreach (var stale in Plan.StaleAmong(known))
            {
                await _agent.RemoveCheckAsync(stale, cancellationToken).ConfigureAwait(false);
            }

            (_listFailure, _inMaintenance) = (null, known.ContainsKey($"_service_maintenance:{Plan.Id}"));
            return known;
        }
        catch (Exception e) when (e is ConsulException or TimeoutException)
        {
            _listFailure = e;
            return null;
        }
    }

    /// <summary>Whether a request had certainly no effect: nobody took it, or the agent said no. Any other may have been carried out although it failed.</summary>
    private static bool WasNotCarriedOut(Exception exception) => exception
        is ConsulException { WasNeverSent: true } or ConsulException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError };

    private bool IsTheEnd(Exception exception) =>
        exception is OperationCanceledException && (_abort.IsCancellationRequested || _stopping.IsCancellationRequested);

    private void PollLater() => _pollDue = Now + _pace.Jitter(s_pollInterval, 0.75, 1.25);

    /// <summary>Those that are under way wake the loop themselves when they are over.</summary>
    private TimeSpan NextBeat() => (_isThere ? _heartbeats.Due : null) ?? Now + s_pollInterval;

    /// <summary>Until the time is over, a heartbeat or what goes on beside is, or the loop is to end.</summary>
    private async Task RestAsync(TimeSpan pause, Task? beside)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var rest = _pace.PauseAsync(pause, enough.Token);
        await Task.WhenAny([rest, .. beside is null ? [] : (Task[])[beside], .. _heartbeats.Pending]).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        await rest.ConfigureAwait(false);
    }
}
