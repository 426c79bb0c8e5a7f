using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>
/// The bytes of a stored list: a line with the format's name, its version and the SHA-256 of what follows, then JSON. A file that was cut off, or
/// changed by anybody, is not read.
/// </summary>
internal static class SnapshotFormat
{
    private const string Name = "rollcall-snapshot ";
    private const string Version = "1 ";
    private const int HashLength = 2 * SHA256.HashSizeInBytes;

    private static readonly int s_headerLength = Name.Length + Version.Length + HashLength + 1;

    public static byte[] Write(StoredList list)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(list, SnapshotJsonContext.Default.StoredList);
        return [.. Encoding.ASCII.GetBytes($"{Name}{Version}{Convert.ToHexStringLower(SHA256.HashData(body))}\n"), .. body];
    }

    /// <param name="bytes">A whole file.</param>
    /// <param name="list">What it holds.</param>
    /// <param name="fault">What is wrong with it, for a person.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out StoredList? list, [NotNullWhen(false)] out string? fault)
    {
        list = null;
        if (bytes.Length < s_headerLength || !bytes.StartsWith(Encoding.ASCII.GetBytes(Name)))
        {
            fault = "it is cut off, or no snapshot";
            return false;
        }

        if (!bytes[Name.Length..].StartsWith(Encoding.ASCII.GetBytes(Version)))
        {
            fault = "another version wrote it";
            return false;
        }

        var body = bytes[s_headerLength..];
        var hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body)) + "\n");
        if (!bytes[(Name.Length + Version.Length)..s_headerLength].SequenceEqual(hash))
        {
            fault = "it is damaged: its checksum is wrong";
            return false;
        }

        try
        {
            list = JsonSerializer.Deserialize(body, SnapshotJsonContext.Default.StoredList);
        }
        catch (JsonException)
        {
            list = null;
        }

        // What is left out altogether is null, whatever the type says.
        if (list is not { Source: not null, Query: not null, Endpoints: not null } || list.Endpoints.Contains(null!))
        {
            list = null;
            fault = "what it holds can't be read";
            return false;
        }

        fault = null;
        return true;
    }
}
