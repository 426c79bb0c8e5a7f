using Microsoft.Extensions.Logging;
using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>How one registration stands, for whoever asks; says so in the log when it changes between well and not well, and only then.</summary>
internal sealed partial class RegistrationStatus
{
    private readonly string _agent;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Written by the loop alone; before it starts and after it has ended, by its owner.
    private RegistrationState _state;

    public RegistrationStatus(RegistrationPlan plan, string agent, TimeProvider time, ILogger logger)
    {
        (_agent, _time, _logger) = (agent, time, logger);
        _state = new RegistrationState
        {
            ServiceName = plan.Service.Name,
            ServiceId = plan.Id,
            Desired = RegistrationPresence.Registered,
            Actual = RegistrationPresence.Unknown,
            Since = time.GetUtcNow(),
        };
    }

    public RegistrationState State => Volatile.Read(ref _state);

    public void Change(RegistrationState next)
    {
        var last = State;
        var same = last.Desired == next.Desired && last.Actual == next.Actual && last.LastError is null == next.LastError is null;
        Volatile.Write(ref _state, next with { Since = same ? last.Since : _time.GetUtcNow() });
    }

    /// <summary>The agent answers, and nothing is missing.</summary>
    public void Settle()
    {
        if (State.LastError is not null)
        {
            Change(State with { Actual = RegistrationPresence.Registered, LastError = null });
            Log.Recovered(_logger, State.ServiceId!, _agent);
        }
    }

    /// <summary>Something went wrong. Only the first failure of a row is logged.</summary>
    public void Fail(Exception exception)
    {
        var known = State;
        var refused = exception is ConsulException { Origin: ConsulErrorOrigin.Server or ConsulErrorOrigin.InvalidResponse };
        var unknown = exception is TimeoutException or ConsulException { Origin: ConsulErrorOrigin.Unreachable or ConsulErrorOrigin.Timeout };
        Change(known with { Actual = unknown ? RegistrationPresence.Unknown : known.Actual, LastError = exception.Message });
        if (known.LastError is not null)
        {
            return;
        }

        var id = known.ServiceId!;
        if (refused)
        {
            Log.Refused(_logger, id, exception.Message);
        }
        else if (unknown)
        {
            Log.AgentLost(_logger, id, exception.Message);
        }
        else
        {
            Log.Broken(_logger, id, exception);
        }
    }
}
