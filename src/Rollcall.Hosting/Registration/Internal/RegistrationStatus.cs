using Microsoft.Extensions.Logging;
using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>How one registration stands, for whoever asks; says so in the log when it changes between well and the ways of not being well, when there is another reason, and every few minutes while it is not well.</summary>
internal sealed partial class RegistrationStatus
{
    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(5);

    private readonly string _agent;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Written by the loop alone; before it starts and after it has ended, by its owner.
    private RegistrationState _state;
    private FailureKind? _kind;

    // Of the failures in a row up to now: the reasons that were told, each once, how many there were, and when the first was and something was told last.
    private readonly HashSet<string> _told = [];
    private int _attempts;
    private DateTimeOffset _failedSince;
    private long _toldAt;

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
            _attempts = 0;
            _told.Clear();
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
            ConsulException { Origin: ConsulErrorOrigin.Server } => FailureKind.Refused,
            ConsulException { Origin: ConsulErrorOrigin.InvalidResponse } => FailureKind.Foreign,
            ConsulException or TimeoutException => FailureKind.Lost,
            _ => FailureKind.Broken,
        },
        exception.Message,
        exception);

    /// <summary>
    /// Something went wrong. Of a row of failures of the same kind the first is logged, one for each other reason, and one every few minutes: an agent that is back and refuses is
    /// news, and so is a certificate that is not accepted after an outage.
    /// </summary>
    public void Fail(FailureKind kind, string reason, Exception? exception = null)
    {
        var known = State;
        var isNews = known.LastError is null || kind != _kind;
        Change(known with { Actual = kind is FailureKind.Lost or FailureKind.Foreign ? RegistrationPresence.Unknown : known.Actual, LastError = reason }, kind);
        _failedSince = _attempts++ == 0 ? _time.GetUtcNow() : _failedSince;
        var isAnother = _told.Add($"{kind} {CauseOf(exception)}");
        if (isNews || isAnother)
        {
            Tell(known.ServiceId ?? known.ServiceName, kind, reason, exception, isNews);
        }
        else if (_time.GetElapsedTime(_toldAt) >= s_reminder)
        {
            Log.StillFailing(_logger, known.ServiceId ?? known.ServiceName, _failedSince, _attempts, reason);
        }
        else
        {
            return;
        }

        _toldAt = _time.GetTimestamp();
    }

    private void Tell(string id, FailureKind kind, string reason, Exception? exception, bool isNews)
    {
        if (!isNews)
        {
            Log.AnotherReason(_logger, id, reason);
            return;
        }

        switch (kind)
        {
            case FailureKind.Refused:
                Log.Refused(_logger, id, reason);
                break;
            case FailureKind.Lost:
                Log.AgentLost(_logger, id, reason);
                break;
            case FailureKind.Foreign:
                Log.ForeignAnswer(_logger, id, reason);
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

    /// <summary>What two failures have in common that the same act mends. A connection that is refused and one that breaks are the same outage.</summary>
    private static string CauseOf(Exception? exception) => exception switch
    {
        ConsulException { Origin: ConsulErrorOrigin.Unreachable, InnerException: HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } } => "TLS",
        ConsulException { Origin: ConsulErrorOrigin.Unreachable, InnerException: HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } } => "name",
        ConsulException consul => $"{consul.Origin} {consul.StatusCode}",
        _ => "",
    };

    private void Change(RegistrationState next, FailureKind? kind)
    {
        var last = State;
        var same = last.Desired == next.Desired && last.Actual == next.Actual && last.LastError is null == next.LastError is null && kind == _kind;
        _kind = kind;
        Volatile.Write(ref _state, next with { Since = same ? last.Since : _time.GetUtcNow() });
    }
}
