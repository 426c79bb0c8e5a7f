using System.Buffers.Binary;

namespace Rollcall.Agent.Dns;

/// <summary>The part of the client's address that an answer may depend on (RFC 7871), as an option of EDNS. A view of its bytes; without any, there is none.</summary>
/// <param name="option">The option, with its code and length, as <see cref="IsWellFormed"/> has seen it; empty: there is none.</param>
internal readonly ref struct ClientSubnet(ReadOnlySpan<byte> option)
{
    /// <summary>The option's code.</summary>
    public const ushort Code = 8;

    // Code and length, family, the prefix of the question, that of the answer.
    private const int PrefixAt = 6;
    private const int ScopeAt = 7;
    private const int AddressAt = 8;
    private const int BitsOfV4 = 32;
    private const int BitsOfV6 = 128;

    private readonly ReadOnlySpan<byte> _option = option;

    /// <summary>How many bytes it takes in an answer; 0: there is none.</summary>
    public int Length => _option.IsEmpty ? 0 : AddressAt + ((_option[PrefixAt] + 7) / 8);

    /// <summary>Whether there is such a family, and its addresses are as long as the prefix.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> option)
    {
        if (option.Length < AddressAt)
        {
            return false;
        }

        var bits = BinaryPrimitives.ReadUInt16BigEndian(option[4..]) switch { 0 => 0, 1 => BitsOfV4, 2 => BitsOfV6, _ => -1 };
        return option[PrefixAt] <= bits && option[ScopeAt] <= bits;
    }

    /// <summary>Writes it for an answer that is the same for every address. What an address has too few of is 0, as in Consul, and so are bits beyond the prefix.</summary>
    /// <param name="option">Gets it; of <see cref="Length"/>.</param>
    public void CopyTo(Span<byte> option)
    {
        if (option.IsEmpty)
        {
            return;
        }

        option.Clear();
        _option[..Math.Min(_option.Length, option.Length)].CopyTo(option);
        BinaryPrimitives.WriteUInt16BigEndian(option[2..], (ushort)(option.Length - 4));
        option[ScopeAt] = 0;
        if (_option[PrefixAt] % 8 is > 0 and var used)
        {
            option[^1] &= (byte)(0xFF << (8 - used));
        }
    }
}
