namespace Rollcall.Agent.Dns;

/// <summary>A set of small numbers that is emptied at no cost.</summary>
internal sealed class StampSet
{
    private int[] _stamps = [];
    private int _stamp;

    /// <summary>Starts with an empty set.</summary>
    public void Begin()
    {
        if (_stamp == int.MaxValue)
        {
            (_stamps, _stamp) = ([], 0);
        }

        _stamp++;
    }

    /// <returns>False: it was there.</returns>
    public bool Add(int number)
    {
        if (number >= _stamps.Length)
        {
            Array.Resize(ref _stamps, 2 * (number + 1));
        }

        if (_stamps[number] == _stamp)
        {
            return false;
        }

        _stamps[number] = _stamp;
        return true;
    }
}
