using System.Buffers.Binary;
using System.Numerics;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>XXH64, Yann Collet's hash as its specification has it: what Envoy and gRPC place endpoints and keys by.</summary>
internal static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        var length = (ulong)data.Length;
        ulong hash;
        if (data.Length >= 32)
        {
            var one = seed + Prime1 + Prime2;
            var two = seed + Prime2;
            var three = seed;
            var four = seed - Prime1;
            for (; data.Length >= 32; data = data[32..])
            {
                one = Round(one, BinaryPrimitives.ReadUInt64LittleEndian(data));
                two = Round(two, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
                three = Round(three, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
                four = Round(four, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
            }

            hash = BitOperations.RotateLeft(one, 1) + BitOperations.RotateLeft(two, 7)
                + BitOperations.RotateLeft(three, 12) + BitOperations.RotateLeft(four, 18);
            hash = Merge(Merge(Merge(Merge(hash, one), two), three), four);
        }
        else
        {
            hash = seed + Prime5;
        }

        hash += length;
        for (; data.Length >= 8; data = data[8..])
        {
            hash = (BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(data)), 27) * Prime1) + Prime4;
        }

        if (data.Length >= 4)
        {
            hash = (BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime1), 23) * Prime2) + Prime3;
            data = data[4..];
        }

        foreach (var value in data)
        {
            hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;
        }

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;
}
