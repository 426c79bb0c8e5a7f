using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Chains;

/// <summary>
/// Consul's number for what overrides made of a chain: FNV-1 of 64 bits (Fowler, Noll, Vo: draft-eastlake-fnv) over names and values of the fields, whose
/// order does not matter.
/// </summary>
internal static class ChainHash
{
    public static string Of(ChainOverrides applied)
    {
        _ = GoDuration.TryParseNanoseconds(applied.ConnectTimeout, out var timeout);
        Span<byte> nanoseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(nanoseconds, timeout);
        var gateway = Hash("MeshGatewayConfig"u8) ^ Field("Mode", Hash(applied.MeshGateway));
        var hash = Hash("")
            ^ Field("OverrideMeshGateway", gateway)
            ^ Field("OverrideProtocol", Hash(applied.Protocol))
            ^ Field("OverrideConnectTimeout", Hash(nanoseconds));
        return hash.ToString("x", CultureInfo.InvariantCulture)[..8];
    }

    private static ulong Field(string name, ulong value)
    {
        Span<byte> pair = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(pair, Hash(name));
        BinaryPrimitives.WriteUInt64LittleEndian(pair[sizeof(ulong)..], value);
        return Hash(pair);
    }

    private static ulong Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var one in bytes)
        {
            hash = unchecked(hash * 0x100000001B3) ^ one;
        }

        return hash;
    }
}
