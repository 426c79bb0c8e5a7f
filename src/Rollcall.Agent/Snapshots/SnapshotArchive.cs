using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rollcall.Agent.Snapshots;

/// <summary>
/// Consul's archive of a snapshot: a compressed tar with <c>meta.json</c>, <c>state.bin</c> and <c>SHA256SUMS</c> over both.
/// </summary>
internal static class SnapshotArchive
{
    /// <summary>How much is read of an archive, unpacked, with all that its entries say of themselves.</summary>
    public const int MaxBytes = 512 * 1024 * 1024;

    // Deflate makes no more than 258 bytes of two bits (RFC 1951 3.2.5).
    private const int MaxRatio = 258 * 4;

    private const string Truncated = "failed to read or write snapshot data: unexpected EOF";
    private const string Meta = "meta.json";
    private const string State = "state.bin";
    private const string Sums = "SHA256SUMS";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="identity">The one server of the cluster.</param>
    /// <param name="index">The last index of the state.</param>
    /// <param name="state">The records.</param>
    /// <param name="now">When it is made.</param>
    public static byte[] Write(AgentIdentity identity, ulong index, ReadOnlyMemory<byte> state, DateTimeOffset now)
    {
        var meta = MetaJson(identity, index, state.Length, now);
        var sums = Encoding.ASCII.GetBytes($"{Hash(meta)}  {Meta}\n{Hash(state.Span)}  {State}\n");
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(tar, Meta, meta, now);
            Add(tar, State, state.ToArray(), now);
            Add(tar, Sums, sums, now);
        }

        return archive.ToArray();
    }

    /// <summary>Unpacks an archive and checks its sums. Gives the fault, in Consul's words where it has some, or null.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="meta">What it says of the snapshot.</param>
    /// <param name="state">The records.</param>
    /// <param name="maxBytes">How much it may be unpacked.</param>
    public static string? Read(ReadOnlyMemory<byte> archive, out SnapshotMeta? meta, out byte[] state, long maxBytes = MaxBytes)
    {
        (meta, state) = (null, []);
        if (archive.Length < 10)
        {
            return $"failed to decompress snapshot: {(archive.IsEmpty ? "EOF" : "unexpected EOF")}";
        }

        if (!archive.Span.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]))
        {
            return "failed to decompress snapshot: gzip: invalid header";
        }

        var parts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (Unpack(archive, parts, maxBytes) is { } fault)
        {
            return $"failed to read snapshot file: {fault}";
        }

        if (!parts.TryGetValue(Meta, out var metaJson) || !parts.TryGetValue(State, out var bytes) || !parts.TryGetValue(Sums, out var sums))
        {
            return "failed to read snapshot file: failed checking integrity of snapshot: file missing from archive";
        }

        if (SumsFault(Encoding.ASCII.GetString(sums), parts) is { } sumsFault)
        {
            return $"failed to read snapshot file: failed checking integrity of snapshot: {sumsFault}";
        }

        meta = ReadMeta(metaJson);
        state = bytes;
        return meta is null ? "failed to read snapshot file: failed to decode snapshot metadata" : null;
    }

    private static string? Unpack(ReadOnlyMemory<byte> archive, Dictionary<string, byte[]> parts, long maxBytes)
    {
        using var packed = new MemoryStream(archive.ToArray(), writable: false);
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        using var unpacked = new LimitedStream(gzip, maxBytes);
        try
        {
            using var tar = new TarReader(unpacked);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name is not (Meta or State or Sums))
                {
                    return $"unexpected file \"{entry.Name}\" in snapshot";
                }

                if (parts.ContainsKey(entry.Name))
                {
                    return $"\"{entry.Name}\" is in it twice";
                }

                if (entry.Length > maxBytes)
                {
                    return TooLarge(maxBytes);
                }

                if (entry.Length > archive.Length * (long)MaxRatio)
                {
                    // That an entry says it is long costs nothing yet.
                    return Truncated;
                }

                var part = new byte[entry.DataStream is null ? 0 : entry.Length];
                entry.DataStream?.ReadExactly(part);
                parts[entry.Name] = part;
            }

            return null;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or FormatException or ArgumentException or NotSupportedException or OverflowException or InvalidOperationException)
        {
            // Else it is whatever readers of the two formats make of bytes that are neither.
            return unpacked.IsExceeded ? TooLarge(maxBytes) : Truncated;
        }
    }

    private static string TooLarge(long maxBytes) => $"it is larger than {maxBytes} bytes unpacked";

    private static string? SumsFault(string sums, Dictionary<string, byte[]> parts)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in sums.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = line.Length > 66 ? line[66..] : "";
            if (!parts.TryGetValue(name, out var part) || !line.StartsWith(Hash(part), StringComparison.Ordinal))
            {
                return $"hash check failed for \"{name}\"";
            }

            seen.Add(name);
        }

        return seen.Contains(Meta) && seen.Contains(State) ? null : "file missing from checksums";
    }

    private static SnapshotMeta? ReadMeta(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? new SnapshotMeta(
                    root.TryGetProperty("ID", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : "",
                    Number(root, "Index"),
                    Number(root, "Term"),
                    (long)Math.Min(Number(root, "Size"), long.MaxValue),
                    (int)Math.Min(Number(root, "Version"), int.MaxValue))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second: a text with half a surrogate pair, which is well-formed JSON and yet no text.
            return null;
        }
    }

    private static ulong Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number) ? number : 0;

    private static byte[] MetaJson(AgentIdentity identity, ulong index, int size, DateTimeOffset now)
    {
        const int Term = 2;
        var peers = new System.Buffers.ArrayBufferWriter<byte>();
        var packed = new MsgPackWriter(peers);
        packed.ListHead(1);
        packed.Text(identity.ServerAddress);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteNumber("Version"u8, 1);
            writer.WriteString("ID"u8, $"{Term}-{index}-{now.ToUnixTimeMilliseconds()}");
            writer.WriteNumber("Index"u8, index);
            writer.WriteNumber("Term"u8, Term);
            writer.WriteBase64String("Peers"u8, peers.WrittenSpan);
            writer.WriteStartObject("Configuration"u8);
            writer.WriteStartArray("Servers"u8);
            writer.WriteStartObject();
            writer.WriteNumber("Suffrage"u8, 0);
            writer.WriteString("ID"u8, identity.NodeId);
            writer.WriteString("Address"u8, identity.ServerAddress);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteNumber("ConfigurationIndex"u8, 1);
            writer.WriteNumber("Size"u8, size);
            writer.WriteEndObject();
        }

        json.WriteByte((byte)'\n');
        return json.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content, DateTimeOffset now)
    {
        using var data = new MemoryStream(content, writable: false);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = data, Mode = OwnerOnly, ModificationTime = now });
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
