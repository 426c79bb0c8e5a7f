namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>
/// A history of one key in a store of our own that does one thing wrong: single-threaded, so that a seed always makes the same one. Each operation
/// begins, takes effect and ends, and those of several clients mix.
/// </summary>
internal sealed class MadeUpHistory(int seed, StoreBug bug)
{
    private const int Clients = 5;
    private const int Operations = 150;

    private readonly Random _random = new(seed);
    private readonly List<KvOperation> _history = [];
    private readonly Pending?[] _pending = new Pending?[Clients];
    private readonly HashSet<int> _ended = [];
    private KvFound? _key;
    private KvFound? _before;
    private ulong _index = 10;
    private int _value;
    private int _sessions = 3;
    private long _moment;

    public IReadOnlyList<KvOperation> Run()
    {
        var begun = 0;
        while (begun < Operations || _pending.Any(p => p is not null))
        {
            var client = _random.Next(Clients);
            if (_pending[client] is not { } pending)
            {
                if (begun < Operations)
                {
                    begun++;
                    _pending[client] = Begin(client);
                }
            }
            else if (bug == StoreBug.AcknowledgedEarly && pending.Answer.Action == KvAction.Put && pending.EndedAt is null)
            {
                pending.EndedAt = ++_moment;
            }
            else if (!pending.Effective)
            {
                pending.Answer = Effect(pending);
                pending.Effective = true;
            }
            else
            {
                _history.Add(pending.Answer with { Ended = pending.EndedAt ?? ++_moment });
                _pending[client] = null;
            }
        }

        return _history;
    }

    private Pending Begin(int client)
    {
        KvAction[] actions =
        [
            KvAction.Get, KvAction.Get, KvAction.Get, KvAction.Put, KvAction.CompareAndSet, KvAction.CompareAndSet, KvAction.Delete, KvAction.CompareAndDelete,
            KvAction.Acquire, KvAction.Acquire, KvAction.Release, KvAction.EndSession,
        ];
        var action = actions[_random.Next(actions.Length)];
        var asked = new KvOperation(client, action, ++_moment, 0)
        {
            Value = ++_value,
            Session = action == KvAction.EndSession && _random.Next(4) > 0 ? ++_sessions - 2 : _random.Next(Math.Max(1, _sessions - 3), _sessions + 1),
            IfIndex = _random.Next(4) == 0 && action == KvAction.CompareAndSet ? 0 : _key?.Index ?? _index,
        };
        return new Pending(asked, Allows(asked));
    }

    private bool Allows(KvOperation asked) => asked.IfIndex == 0 ? _key is null : _key?.Index == asked.IfIndex;

    private KvOperation Effect(Pending pending)
    {
        var asked = pending.Answer;
        var allowed = bug == StoreBug.ConditionLookedAtEarly ? pending.AllowedAtFirst : Allows(asked);
        switch (asked.Action)
        {
            case KvAction.Get:
                return asked with { Found = bug == StoreBug.StaleRead && _random.Next(4) == 0 ? _before : _key };
            case KvAction.Put:
                if (bug != StoreBug.LostWrite || _random.Next(2) > 0)
                {
                    Write(asked.Value, _key?.Session ?? 0);
                }

                return asked with { Done = true };
            case KvAction.CompareAndSet:
                if (allowed || bug == StoreBug.RefusedButWritten)
                {
                    Write(asked.Value, _key?.Session ?? 0);
                }

                return asked with { Done = allowed };
            case KvAction.Delete:
                Remove();
                return asked with { Done = true };
            case KvAction.CompareAndDelete:
                if (_key is not null && allowed)
                {
                    Remove();
                }

                return asked with { Done = _key is null || allowed };
            case KvAction.Acquire:
                if (_ended.Contains(asked.Session))
                {
                    return asked with { NoSession = true };
                }

                var free = bug == StoreBug.TwoHolders || _key is null || _key.Session == 0 || _key.Session == asked.Session;
                if (free)
                {
                    Write(asked.Value, asked.Session);
                }

                return asked with { Done = free };
            case KvAction.Release:
                var holds = _key?.Session == asked.Session;
                if (holds)
                {
                    Write(asked.Value, 0);
                }

                return asked with { Done = holds };
            default:
                _ended.Add(asked.Session);
                if (_key is { } key && key.Session == asked.Session && bug != StoreBug.LockOutlivesSession)
                {
                    Write(key.Value, 0);
                }

                return asked;
        }
    }

    private void Write(int value, int session) => (_before, _key) = (_key, new KvFound(value, ++_index, session));

    private void Remove()
    {
        (_before, _key) = (_key, null);
        _index++;
    }

    private sealed class Pending(KvOperation asked, bool allowedAtFirst)
    {
        public KvOperation Answer { get; set; } = asked;

        public bool AllowedAtFirst => allowedAtFirst;

        public bool Effective { get; set; }

        public long? EndedAt { get; set; }
    }
}
