namespace Rollcall.Testing;

/// <summary>A fault in force, until it is disposed or used up. Safe for use by many threads.</summary>
public sealed class InjectedFault : IDisposable
{
    private readonly Action<InjectedFault> _remove;
    private readonly string _path;
    private readonly int _times;
    private int _hits;
    private int _left;

    internal InjectedFault(AgentFault fault, string path, int times, Action<InjectedFault> remove)
    {
        (Fault, _path, _times, _left, _remove) = (fault, path, times, times, remove);
    }

    /// <summary>What goes wrong.</summary>
    public AgentFault Fault { get; }

    /// <summary>How many requests it has met.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Ends it; requests that it holds are not let go early. Ending it twice is safe.</summary>
    public void Dispose() => _remove(this);

    /// <summary>Whether it meets this request, which it then counts.</summary>
    internal bool Meets(string path)
    {
        if (!Covers(path) || (_times > 0 && Interlocked.Decrement(ref _left) < 0))
        {
            return false;
        }

        Interlocked.Increment(ref _hits);
        return true;
    }

    internal bool Covers(string path) => path.StartsWith(_path, StringComparison.OrdinalIgnoreCase);
}
