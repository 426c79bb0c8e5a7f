using System.Buffers.Binary;

namespace Rollcall.Agent.Snapshots;

/// <summary>Points in time in the binary form that Go gives them: a version, seconds since the year 1, nanoseconds, and the zone's offset in minutes, -1 for UTC.</summary>
internal static class GoTime
{
    private const byte Version = 1;
    private const int Length = 15;
    private const short Utc = -1;

    public static byte[] Write(DateTimeOffset time)
    {
        var bytes = new byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), time.UtcTicks / TimeSpan.TicksPerSecond);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(9), (int)(time.UtcTicks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(13), Utc);
        return bytes;
    }

    /// <summary>Null: it is none, or lies before the year 1 or after 9999.</summary>
    public static DateTimeOffset? Read(byte[]? bytes)
    {
        if (bytes is not { Length: >= Length } || bytes[0] is < 1 or > 2)
        {
            return null;
        }

        var (seconds, nanoseconds) = (BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(9)));
        return seconds is >= 0 and < 315_537_897_600 && nanoseconds is >= 0 and < 1_000_000_000
            ? new DateTimeOffset((seconds * TimeSpan.TicksPerSecond) + (nanoseconds / TimeSpan.NanosecondsPerTick), TimeSpan.Zero)
            : null;
    }
}
