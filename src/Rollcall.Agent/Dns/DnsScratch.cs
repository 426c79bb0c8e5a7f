using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>What answering needs besides the answer itself, kept from one question to the next. Used by one thread at a time.</summary>
internal sealed class DnsScratch(ForeignHosts hosts)
{
    private readonly byte[] _fragment = new byte[ushort.MaxValue];
    private int[] _order = [];
    private int[] _targets = [];
    private int[] _nodes = [];
    private DnsScratch? _inner;

    /// <summary>Records that come behind others, while it is not known how many of those there will be.</summary>
    public Span<byte> Fragment => _fragment;

    /// <summary>Points to return to, for the few answers that may have to be taken back one by one.</summary>
    public DnsWriterMark[] Marks { get; } = new DnsWriterMark[16];

    /// <summary>The same for <see cref="Fragment"/>.</summary>
    public DnsWriterMark[] FragmentMarks { get; } = new DnsWriterMark[16];

    /// <summary>What was answered already.</summary>
    public StampSet Answered { get; } = new();

    /// <summary>The targets whose addresses were added.</summary>
    public StampSet Targets { get; } = new();

    /// <summary>The nodes whose metadata were added.</summary>
    public StampSet Nodes { get; } = new();

    /// <summary>Draws the order of instances.</summary>
    /// <value>Default <see cref="Random.Shared"/>.</value>
    public Random Random { get; set; } = Random.Shared;

    /// <summary>What is known of hosts outside the zone.</summary>
    public ForeignHosts Hosts => hosts;

    /// <summary>For a question of the agent's own in the middle of an answer.</summary>
    public DnsScratch Inner
    {
        get
        {
            _inner ??= new DnsScratch(hosts);
            _inner.Random = Random;
            return _inner;
        }
    }

    /// <summary>Where the target of each answer stands in the message.</summary>
    public Span<int> TargetOffsets(int count) => Sized(ref _targets, count);

    /// <summary>Where the name of a node stands in the message, if its metadata were added.</summary>
    public ref int NodeOffset(int node)
    {
        if (node >= _nodes.Length)
        {
            Array.Resize(ref _nodes, 2 * (node + 1));
        }

        return ref _nodes[node];
    }

    /// <summary>The numbers from 0 on, to be drawn from.</summary>
    public Span<int> Order(int count)
    {
        var order = Sized(ref _order, count);
        for (var index = 0; index < order.Length; index++)
        {
            order[index] = index;
        }

        return order;
    }

    private static Span<int> Sized(ref int[] array, int count)
    {
        if (array.Length < count)
        {
            array = new int[count * 2];
        }

        return array.AsSpan(0, count);
    }
}
