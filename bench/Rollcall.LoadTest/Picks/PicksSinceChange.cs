namespace Rollcall.LoadTest.Picks;

/// <summary>
/// What picks took by their place after a change of the list, over many changes. A pick that changes make slow is slow in its place after each of
/// them; what interrupts do to picks falls anywhere, and does not move the median of a place. Picks in which the thread lost its processor don't count:
/// on a busy machine that is often because of the thread that brings the change, and so in the first place.
/// </summary>
internal sealed class PicksSinceChange
{
    /// <summary>Picks that are kept of each change: about as many as there are until the next one, 10 ms later.</summary>
    public const int Places = 4096;

    private const int Missing = -1;

    // Picks in a place for a figure of it; when there are few changes, in half of them.
    private const int Enough = 50;

    // A row for each change. All memory is touched before the first pick is measured.
    private readonly int[] _nanoseconds;
    private int _place = Places;

    public PicksSinceChange(int maxChanges)
    {
        _nanoseconds = new int[maxChanges * Places];
        Array.Fill(_nanoseconds, Missing);
    }

    public int Changes { get; private set; }

    /// <summary>The next pick that is added is, or was, the first after a change.</summary>
    public void Change()
    {
        if ((Changes + 1) * Places > _nanoseconds.Length)
        {
            _place = Places;
            return;
        }

        Changes++;
        _place = 0;
    }

    /// <summary>What the next pick took; null: it has a place, but does not count.</summary>
    public void Add(long? nanoseconds)
    {
        if (_place < Places)
        {
            _nanoseconds[((Changes - 1) * Places) + _place++] = (int)Math.Min(nanoseconds ?? Missing, int.MaxValue);
        }
    }

    /// <summary>What that part of all that count took at most, whatever their place.</summary>
    public int Overall(double part)
    {
        var counted = Array.FindAll(_nanoseconds, static nanoseconds => nanoseconds != Missing);
        Array.Sort(counted);
        return counted[(int)Math.Min(counted.Length - 1, counted.Length * part)];
    }

    /// <summary>The place where that part of the picks took longest, and how long; of places that count often enough.</summary>
    public SlowestPlace Slowest(double part)
    {
        var worst = new SlowestPlace(0, 0);
        for (var place = 0; place < Places; place++)
        {
            if (At(place, part) is { } taken && taken > worst.Nanoseconds)
            {
                worst = new SlowestPlace(place, taken);
            }
        }

        return worst;
    }

    /// <summary>What that part of the picks in a place took at most; null when it counts in too few changes.</summary>
    private int? At(int place, double part)
    {
        List<int> taken = [];
        for (var change = 0; change < Changes; change++)
        {
            if (_nanoseconds[(change * Places) + place] is not Missing and var nanoseconds)
            {
                taken.Add(nanoseconds);
            }
        }

        if (taken.Count == 0 || taken.Count < Math.Min(Enough, Changes / 2))
        {
            return null;
        }

        taken.Sort();
        return taken[(int)Math.Min(taken.Count - 1, taken.Count * part)];
    }
}
