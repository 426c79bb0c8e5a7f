using System.Net;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Errors;

namespace Rollcall.Hosting.Registration;

/// <summary>How it ends.</summary>
internal sealed partial class RegistrationLoop
{
    // How long shutdown waits for a request that is under way, and for an agent that doesn't answer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_deregisterTime = TimeSpan.FromSeconds(3);

    private bool _toldThatItStays;

    private string WhatRemoves(Exception failure) =>
        (_confirmed is not null ? "" : "if the agent took its registration, which it did not answer, ")
        + (IsTokenUnknown(failure)
            ? "stays listed as it is: the registration's own token is unknown by now, and without it the agent can tell the catalog neither that it is gone nor that its check is critical. "
                + $"'rollcall deregister {Plan.Id}' with a token that may write it removes it"
            : Plan.Service.Checks is not { } checks ? "has no check, so it stays listed until somebody deregisters it"
            : checks[0].DeregisterCriticalServiceAfter is { } after ? $"stays listed, with callers until its check is critical, and {after} longer"
            : "stays listed, with callers until its check is critical, until somebody deregisters it");

    /// <summary>An agent reports a service to its servers with the token that it was registered with.</summary>
    private static bool IsTokenUnknown(Exception failure) => failure is ConsulException { StatusCode: HttpStatusCode.Forbidden } refusal && TokenAdvice.IsUnknown(refusal.Body);

    /// <summary>
    /// Ends the loop and deregisters. Deregistering is the mark that starts the drain: it reaches watchers of every kind, and leaves
    /// nothing behind if the process is killed before the drain is over.
    /// </summary>
    /// <param name="cancellationToken">Gives up; may be asked for again then, as after any failure.</param>
    /// <returns>Whether the agent took it; else the instance's check has to go critical.</returns>
    public async Task<bool> DeregisterAsync(CancellationToken cancellationToken)
    {
        await EndAsync().ConfigureAwait(false);
        _status.Change(State with { Desired = RegistrationPresence.Absent });
        if (_plan is null)
        {
            _status.Change(State with { Actual = RegistrationPresence.Absent, LastError = null });
            return false;
        }

        // An agent that never had it need not be waited for.
        var time = _mayBeListed ? s_deregisterTime : s_patience;
        using var limit = new CancellationTokenSource(time, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                foreach (var id in _former)
                {
                    await _consul.Agent.DeregisterAsync(id, linked.Token).ConfigureAwait(false);
                }

                if (await OtherInPlaceAsync(time / 3, linked.Token).ConfigureAwait(false) is { } other)
                {
                    if (Plan.IsAt(other))
                    {
                        Log.LeftWithOtherData(_logger, Plan.Id, _consul.Address, other.Service, other.Address, other.Port);
                    }
                    else
                    {
                        Log.LeftToAnother(_logger, Plan.Id, _consul.Address, other.Service, other.Address, other.Port);
                    }
                }
                else
                {
                    await _consul.Agent.DeregisterAsync(Plan.Id, linked.Token).ConfigureAwait(false);
                    Log.Deregistered(_logger, Plan.Id, _consul.Address);
                    if (_inMaintenance)
                    {
                        Log.MaintenanceEnded(_logger, Plan.Id);
                    }
                }

                _status.Change(State with { Actual = RegistrationPresence.Absent, LastError = null });
                return true;
            }
            catch (Exception e) when (e is ConsulException or OperationCanceledException)
            {
                if (!_mayBeListed || !await _pace.PauseAsync(_pace.Backoff(attempt), linked.Token).ConfigureAwait(false))
                {
                    var reason = e is OperationCanceledException && !cancellationToken.IsCancellationRequested
                        ? $"the agent gave no answer within {time.TotalSeconds:0.###} s"
                        : e.Message;
                    _status.Change(State with { Actual = RegistrationPresence.Unknown, LastError = reason });

                    // Whoever has no time for it now disposes the host next, which tries again.
                    if (_mayBeListed && !_toldThatItStays && !cancellationToken.IsCancellationRequested)
                    {
                        _toldThatItStays = true;
                        Log.NotDeregistered(_logger, Plan.Id, WhatRemoves(e), reason);
                    }

                    return false;
                }
            }
        }
    }

    /// <summary>
    /// What somebody else has registered under the id: the next instance in a deployment with one id for all, for instance. Null: nothing, or nobody can tell, and then
    /// leaving an instance listed that is about to stop would be worse.
    /// </summary>
    private async Task<AgentService?> OtherInPlaceAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var actual = (await _consul.Agent.ServiceAsync(Plan.Id, linked.Token).ConfigureAwait(false)).Value;
            return actual is null || IsOurs(actual) ? null : actual;
        }
        catch (Exception e) when (e is ConsulException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Where nobody else can listen it is this very instance, whose tags, metadata or weights somebody has changed.</summary>
    private bool IsOurs(AgentService actual) =>
        Plan.Matches(actual) || _confirmed?.Matches(actual) == true || _unanswered?.Matches(actual) == true || (Plan.IsAt(actual) && !_source.IsAddressConfigured);

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _abort.Dispose();
    }

    private async Task EndAsync()
    {
        if (_running is not { } running)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            // A registration that is under way must not be overtaken by its own deregistration: it may finish, if it's quick.
            await running.WaitAsync(s_patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }

        _running = null;
    }
}
