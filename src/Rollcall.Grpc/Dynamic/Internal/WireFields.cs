using System.Runtime.InteropServices;

namespace Rollcall.Grpc.Dynamic;

/// <summary>The fields of one message, together by number, and in their order on the wire within it.</summary>
internal sealed class WireFields
{
    private readonly List<WireValue> _values = [];

    /// <summary>False: the bytes are no message.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out WireFields fields)
    {
        fields = new WireFields();
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryRead(out var value))
            {
                return false;
            }

            fields._values.Add(value);
        }

        fields._values.Sort(static (a, b) => a.Number != b.Number ? a.Number.CompareTo(b.Number) : a.Offset.CompareTo(b.Offset));
        return true;
    }

    /// <summary>All values of a field; empty if there is none.</summary>
    public ReadOnlySpan<WireValue> Find(int number)
    {
        var start = LowerBound(number);
        var end = start;
        while (end < _values.Count && _values[end].Number == number)
        {
            end++;
        }

        return CollectionsMarshal.AsSpan(_values)[start..end];
    }

    /// <summary>The values of a field that lie in one way; those that lie otherwise are no values of it.</summary>
    public IEnumerable<WireValue> Find(int number, WireType type) => Find(number).ToArray().Where(value => value.Type == type);

    /// <summary>The value that counts where there may be one: the last one of the type.</summary>
    public bool TryFindLast(int number, WireType type, out WireValue value)
    {
        var all = Find(number);
        for (var i = all.Length - 1; i >= 0; i--)
        {
            if (all[i].Type == type)
            {
                value = all[i];
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The numbers of all fields, ascending.</summary>
    public IEnumerable<int> Numbers()
    {
        var last = 0;
        foreach (var value in _values)
        {
            if (value.Number != last)
            {
                yield return last = value.Number;
            }
        }
    }

    private int LowerBound(int number)
    {
        var (low, high) = (0, _values.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_values[middle].Number < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
