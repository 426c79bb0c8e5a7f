using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Rollcall.Agent.Snapshots;

namespace Rollcall.Agent.Tests.Snapshots;

public sealed class SnapshotArchiveTests
{
    private const int MaxBytes = 100_000;

    [Fact]
    public void Limit_IsOfAllThatIsInIt()
    {
        var third = new byte[MaxBytes / 3];

        Assert.Equal(
            $"failed to read snapshot file: it is larger than {MaxBytes} bytes unpacked",
            Read(Pack(Entry("meta.json", third), Entry("state.bin", third), Entry("SHA256SUMS", third))));
        Assert.StartsWith(
            "failed to read snapshot file: failed checking integrity of snapshot: ",
            Read(Pack(Entry("meta.json", third), Entry("state.bin", third), Entry("SHA256SUMS", [1]))), StringComparison.Ordinal);
    }

    [Fact]
    public void LargestArchive_IsUnpackedOnce()
    {
        const int Large = 64 * 1024 * 1024;
        var archive = Pack(Entry("state.bin", new byte[Large]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.EndsWith("file missing from archive", SnapshotArchive.Read(archive, out _, out _), StringComparison.Ordinal);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Large, Large * 1.2);
    }

    [Fact]
    public void EntryThatOnlySaysItIsLong_TakesNoMemory()
    {
        const int Large = 64 * 1024 * 1024;
        using var unpacked = new GZipStream(new MemoryStream(Pack(Entry("state.bin", new byte[Large]))), CompressionMode.Decompress);
        var header = new byte[512];
        unpacked.ReadExactly(header);
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(header);
        }

        var packed = archive.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.EndsWith("unexpected EOF", SnapshotArchive.Read(packed, out _, out _), StringComparison.Ordinal);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [Fact]
    public void Limit_IsAlsoOfWhatEntriesSayOfThemselves()
    {
        var wordy = new PaxTarEntry(TarEntryType.RegularFile, "meta.json", [KeyValuePair.Create("comment", new string('x', MaxBytes))]) { DataStream = new MemoryStream([1]) };

        Assert.Equal($"failed to read snapshot file: it is larger than {MaxBytes} bytes unpacked", Read(Pack(wordy)));
    }

    [Theory]
    [InlineData("""{"ID":"\ud800"}""")]
    [InlineData("""{"ID":"a""")]
    [InlineData("[]")]
    public void MetadataThatAreNone_AreAFaultOfTheArchive(string text)
    {
        var (meta, state) = (Encoding.UTF8.GetBytes(text), new byte[] { 1 });
        var sums = $"{Convert.ToHexStringLower(SHA256.HashData(meta))}  meta.json\n{Convert.ToHexStringLower(SHA256.HashData(state))}  state.bin\n";

        Assert.Equal(
            "failed to read snapshot file: failed to decode snapshot metadata",
            Read(Pack(Entry("meta.json", meta), Entry("state.bin", state), Entry("SHA256SUMS", Encoding.ASCII.GetBytes(sums)))));
    }

    private static string? Read(byte[] archive) => SnapshotArchive.Read(archive, out _, out _, MaxBytes);

    private static UstarTarEntry Entry(string name, byte[] content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    private static byte[] Pack(params TarEntry[] entries)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }
}
