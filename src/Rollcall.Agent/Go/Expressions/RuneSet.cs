using System.Collections.Immutable;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>Code points, as ranges in order that neither touch nor overlap. Immutable.</summary>
internal sealed class RuneSet : IEquatable<RuneSet>
{
    public const int Last = 0x10FFFF;

    private readonly int _hash;

    /// <param name="ranges">In any order.</param>
    public RuneSet(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = ImmutableArray.CreateBuilder<(int First, int Last)>();
        foreach (var (first, last) in ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        Ranges = merged.DrainToImmutable();
        var hash = default(HashCode);
        foreach (var range in Ranges)
        {
            hash.Add(range);
        }

        _hash = hash.ToHashCode();
    }

    public static RuneSet All { get; } = new([(0, Last)]);

    public ImmutableArray<(int First, int Last)> Ranges { get; }

    public RuneSet Negate()
    {
        var (next, left) = (0, new List<(int, int)>());
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
            {
                left.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            left.Add((next, Last));
        }

        return new RuneSet(left);
    }

    /// <summary>With all that differs from it in case alone.</summary>
    public RuneSet Fold() => new(Ranges.Concat(Ranges.SelectMany(RuneFolds.Within)));

    public bool Equals(RuneSet? other) => ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as RuneSet);

    public override int GetHashCode() => _hash;
}
