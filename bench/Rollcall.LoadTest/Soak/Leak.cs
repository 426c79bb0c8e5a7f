namespace Rollcall.LoadTest.Soak;

/// <summary>Loses something with each call, so that it can be seen that a soak finds it. Thread-safe.</summary>
internal sealed class Leak
{
    private const int MaxTimes = 100;
    private const int HeapBytes = 256 * 1024;

    private readonly Action[] _lose;
    private readonly List<object> _lost = [];
    private int _times;

    /// <param name="kinds">Some of <see cref="Kinds"/>.</param>
    public Leak(IEnumerable<string> kinds) => _lose = [.. kinds.Select(Lose)];

    public static string[] Kinds => ["heap", "handles", "threads", "exceptions"];

    public void Lose()
    {
        if (Interlocked.Increment(ref _times) <= MaxTimes)
        {
            foreach (var lose in _lose)
            {
                lose();
            }
        }
    }

    private Action Lose(string kind) => kind switch
    {
        "heap" => () => Keep(new byte[HeapBytes]),
        "handles" => () => Keep(new FileStream(Environment.ProcessPath!, FileMode.Open, FileAccess.Read, FileShare.Read)),
        "threads" => static () => new Thread(static () => Thread.CurrentThread.Join()) { IsBackground = true }.Start(),
        "exceptions" => static () => _ = Task.FromException(new InvalidOperationException("Nobody looks at this.")),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private void Keep(object lost)
    {
        lock (_lost)
        {
            _lost.Add(lost);
        }
    }
}
