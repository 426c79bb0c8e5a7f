using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Rollcall.Agent.Snapshots;

namespace Rollcall.Fuzz.Targets;

/// <summary>
/// Archives of snapshots. The first byte of an input says what the rest is: <c>m</c> the metadata, <c>s</c> the sums, <c>t</c> the tar; what is around it
/// is made here, since no change of a packed archive would come past its sums. Without one of these the input is an archive as it is.
/// </summary>
internal sealed class SnapshotTarget : IFuzzTarget
{
    private static readonly byte[] s_meta = """{"Version":1,"ID":"2-1-1","Index":1,"Term":2,"Size":1}"""u8.ToArray();

    // No records. The seed of the sums has the sums of these two.
    private static readonly byte[] s_state = [0x81, 0xA9, .. "LastIndex"u8, 1];

    public string Name => "snapshot";

    public IReadOnlyList<string> Tokens =>
    [
        "\u001F\u008B\u0008", "m", "s", "t", "meta.json", "state.bin", "SHA256SUMS", "ustar", "\0", "00000000000", "{", "}", "[", "]", ":", ",", "\"ID\":\"a\"", "\"Index\":1", "\"Term\":-1", "\"Size\":1e400", "\"Version\":null",
        "\\ud800", "\\u0000", "  ", "\n",
    ];

    public int Run(byte[] input)
    {
        if (SnapshotArchive.Read(Archive(input), out var meta, out var state) is { } fault)
        {
            BrokenInvariantException.Unless(fault.StartsWith("failed to ", StringComparison.Ordinal), "every fault says what failed");
            return -fault.Length;
        }

        BrokenInvariantException.Unless(meta is not null, "what is whole says what it is");
        return StateReader.Read(state, out var counts, out _) is null ? 0 : 1 + counts.Count;
    }

    private static byte[] Archive(byte[] input)
    {
        switch (input)
        {
            case [(byte)'m', .. var meta]:
                return Pack(Tar(meta, Sums(meta)));
            case [(byte)'s', .. var sums]:
                return Pack(Tar(s_meta, sums));
            case [(byte)'t', .. var tar]:
                return Pack(tar);
            default:
                return input;
        }
    }

    private static byte[] Tar(byte[] meta, byte[] sums)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in new[] { ("meta.json", meta), ("state.bin", s_state), ("SHA256SUMS", sums) })
            {
                using var data = new MemoryStream(content, writable: false);
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Sums(byte[] meta) => Encoding.ASCII.GetBytes($"{Hash(meta)}  meta.json\n{Hash(s_state)}  state.bin\n");

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Pack(byte[] tar)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        return packed.ToArray();
    }
}
