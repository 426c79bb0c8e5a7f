namespace Rollcall.Agent.Dns;

/// <summary>Instances in the order in which they are answered: shuffled as far as they are needed (Fisher and Yates), or as they are.</summary>
/// <param name="instances">The instances.</param>
/// <param name="order">The numbers from 0 on, one for each.</param>
/// <param name="random">Null: as they are.</param>
internal readonly ref struct InstanceDraw(ReadOnlySpan<DnsInstance> instances, Span<int> order, Random? random)
{
    private readonly Span<int> _order = order;

    public ReadOnlySpan<DnsInstance> Instances { get; } = instances;

    public int Count => _order.Length;

    /// <summary>One that was drawn.</summary>
    public DnsInstance this[int drawn] => Instances[_order[drawn]];

    /// <summary>One more of those that were not drawn yet.</summary>
    /// <param name="drawn">How many were.</param>
    public DnsInstance Next(int drawn)
    {
        if (random is not null)
        {
            var other = random.Next(drawn, _order.Length);
            (_order[drawn], _order[other]) = (_order[other], _order[drawn]);
        }

        return Instances[_order[drawn]];
    }
}
