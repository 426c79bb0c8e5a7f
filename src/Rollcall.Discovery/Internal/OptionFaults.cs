using System.Globalization;

namespace Rollcall.Discovery.Internal;

/// <summary>Gathers what is wrong with options, so that one message names all of it.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    /// <summary>One text for each fault.</summary>
    public IReadOnlyList<string> All => _faults;

    public void AtLeast(TimeSpan value, TimeSpan min, string name)
    {
        if (value < min)
        {
            _faults.Add($"{name} must be {min} or more, and is {value}");
        }
    }

    public void Above(TimeSpan? value, TimeSpan bound, string name)
    {
        if (value <= bound)
        {
            _faults.Add($"{name} must be more than {bound}, and is {value}");
        }
    }

    public void Between(double value, double min, double max, string name)
    {
        if (!(value >= min && value <= max))
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be from {min} to {max}, and is {value}"));
        }
    }

    public void Between(TimeSpan value, TimeSpan min, TimeSpan max, string name)
    {
        if (value < min || value > max)
        {
            _faults.Add($"{name} must be from {min} to {max}, and is {value}");
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

    public void Add(OptionFaults others, string prefix) => _faults.AddRange(others._faults.Select(fault => prefix + fault));

    /// <param name="faults">What is wrong.</param>
    /// <param name="owner">Whose options.</param>
    /// <param name="parameter">Where they came in.</param>
    /// <exception cref="ArgumentException">Something is.</exception>
    public static void ThrowIfAny(IReadOnlyList<string> faults, string owner, string parameter)
    {
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The options of the {owner} can't be used: {string.Join("; ", faults)}.", parameter);
        }
    }
}
