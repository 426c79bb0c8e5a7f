using System.Globalization;

namespace Rollcall.Discovery.Balancing;

/// <summary>Gathers what is wrong with options, so that one message names all of it.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    public void AtLeast(TimeSpan value, TimeSpan min, string name)
    {
        if (value < min)
        {
            _faults.Add($"{name} must be {min} or more, and is {value}");
        }
    }

    public void Between(double value, double min, double max, string name)
    {
        if (!(value >= min && value <= max))
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be from {min} to {max}, and is {value}"));
        }
    }

    public void AtLeast(int value, int min, string name)
    {
        if (value < min)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be {min} or more, and is {value}"));
        }
    }

    public void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }

    /// <exception cref="ArgumentException">Something is wrong.</exception>
    public void ThrowIfAny(string parameter)
    {
        if (_faults.Count > 0)
        {
            throw new ArgumentException($"The options of the balancer can't be used: {string.Join("; ", _faults)}.", parameter);
        }
    }
}
