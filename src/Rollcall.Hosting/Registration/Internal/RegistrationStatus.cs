using Microsoft.Extensions.Logging;
using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>How one registration stands, for whoever asks; says so in the log when it changes between well and the ways of not being well, and only then.</summary>
internal sealed partial class RegistrationStatus
{
    private readonly string _agent;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Written by the loop alone; before it starts and after it has ended, by its owner.
    private RegistrationState _state;
    private FailureKind? _kind;

    public RegistrationStatus(string serviceName, string agent, TimeProvider time, ILogger logger)
    {
        (_agent, _time, _logger) = (agent, time, logger);
        _state = new RegistrationState
        {
            ServiceName = serviceName,
            Desired = RegistrationPresence.Registered,
            Actual = RegistrationPresence.Unknown,
            Since = time.GetUtcNow(),
        };
    }

    public RegistrationState State => Volatile.Read(ref _state);

    public void Change(RegistrationState next) => Change(next, next.LastError is null ? null : _kind);

    /// <summary>The agent answers, and nothing is missing.</summary>
    public void Settle()
    {
        if (State.LastError is not null)
        {
            var kind = _kind;
            Change(State with { Actual = RegistrationPresence.Registered, LastError = null });
            var id = State.ServiceId ?? State.ServiceName;
            switch (kind)
            {
                case FailureKind.NoAddress:
                    Log.AddressFound(_logger, id);
                    break;
                case FailureKind.Contested:
                    Log.ContestOver(_logger, id);
                    break;
                case FailureKind.Broken:
                    Log.Mended(_logger, id);
                    break;
                default:
                    Log.Recovered(_logger, id, _agent);
                    break;
            }
        }
    }

    /// <summary>Something went wrong.</summary>
    public void Fail(Exception exception) => Fail(
        exception switch
        {
            ConsulException { Origin: ConsulErrorOrigin.Server or ConsulErrorOrigin.InvalidResponse } => FailureKind.Refused,
            ConsulException or TimeoutException => FailureKind.Lost,
            _ => FailureKind.Broken,
        },
        exception.Message,
        exception);

    /// <summary>Something went wrong. Only the first failure of a row of the same kind is logged: an agent that is back and refuses is news.</summary>
    public void Fail(FailureKind kind, string reason, Exception? exception = null)
    {
        var known = State;
        var isNews = known.LastError is null || kind != _kind;
        Change(known with { Actual = kind == FailureKind.Lost ? RegistrationPresence.Unknown : known.Actual, LastError = reason }, kind);
        if (!isNews)
        {
            return;
        }

        var id = known.ServiceId ?? known.ServiceName;
        switch (kind)
        {
            case FailureKind.Refused:
                Log.Refused(_logger, id, reason);
                break;
            case FailureKind.Lost:
                Log.AgentLost(_logger, id, reason);
                break;
            case FailureKind.NoAddress:
                Log.NoAddress(_logger, id, reason);
                break;
            case FailureKind.Contested:
                Log.Contested(_logger, id, reason);
                break;
            default:
                Log.Broken(_logger, id, exception);
                break;
        }
    }

    private void Change(RegistrationState next, FailureKind? kind)
    {
        var last = State;
        var same = last.Desired == next.Desired && last.Actual == next.Actual && last.LastError is null == next.LastError is null && kind == _kind;
        _kind = kind;
        Volatile.Write(ref _state, next with { Since = same ? last.Since : _time.GetUtcNow() });
    }
}
