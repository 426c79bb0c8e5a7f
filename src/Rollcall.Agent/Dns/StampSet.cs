namespace Rollcall.Agent.Dns;

/// <summary>A set of small numbers that is emptied at no cost.</summary>
internal sealed class StampSet
{
    private int[] _stamps = [];
    private int _stamp;

    /// <summary>Starts with an empty set of numbers below <paramref name="bound"/>.</summary>
    public void Begin(int bound)
    {
        if (_stamps.Length < bound || _stamp == int.MaxValue)
        {
            (_stamps, _stamp) = (new int[bound * 2], 0);
        }

        _stamp++;
    }

    /// <returns>False: it was there.</returns>
    public bool Add(int number)
    {
        if (_stamps[number] == _stamp)
        {
            return false;
        }

        _stamps[number] = _stamp;
        return true;
    }
}
