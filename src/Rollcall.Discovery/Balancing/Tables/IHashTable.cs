namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>Places in a fixed order, each of which belongs to an endpoint. Immutable; a struct, so that a pick calls it directly.</summary>
internal interface IHashTable
{
    /// <summary>How many places there are, one at least.</summary>
    int Length { get; }

    /// <summary>The place of a key whose bits are well mixed.</summary>
    int Locate(ulong key);

    /// <summary>Whose place it is.</summary>
    int SlotAt(int place);
}
