namespace Rollcall.Discovery.Balancing.Internal;

internal static class HashMix
{
    /// <summary>Spreads any number over 64 bits, small ones too: both halves of one long multiplication, folded.</summary>
    public static ulong Mix(ulong key)
    {
        var high = Math.BigMul(key ^ 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, out var low);
        return high ^ low;
    }

    /// <summary>A number from 0 up to but not 1, from one that is spread over 64 bits.</summary>
    public static double ToFraction(ulong mixed) => (mixed >> 11) * (1.0 / (1UL << 53));
}
