using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Rollcall.Agent.Durability;

/// <summary>
/// Looks through SQLite's log (<see href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">format</see>) for damage. SQLite itself ends at the first frame that is not whole and takes it for one that a power
/// cut tore, also where it changed by itself and acknowledged commits are behind it.
/// </summary>
/// <remarks>
/// A commit is synced before the next is begun, so what a power cut leaves behind the last whole commit is of one commit, any frames of it. Frames of writes that failed and were taken back may be there, too, as each
/// was written over the one before. What none of them leaves is a frame that goes on after the end of a commit: it was written when that commit was synced. What a frame goes on from is told by its checksum, which is
/// made of that of the frame before and of its own bytes; so this shows behind a bad frame as well. Of the last commit it can't be told whether it is torn or changed by itself.
/// </remarks>
internal static class WriteAheadLog
{
    private const int HeaderSize = 32;
    private const int FrameHeaderSize = 24;

    // The lowest bit says in which order of bytes checksums are made.
    private const uint Magic = 0x377F0682;

    /// <summary>Whether no commit can be in it: it is not there, or has no more than a header.</summary>
    public static bool IsEmpty(string path) => new FileInfo(path) is not { Exists: true } file || file.Length <= HeaderSize;

    /// <summary>Reads it through. To be called while SQLite holds the lock of its file, so that nobody else writes.</summary>
    /// <param name="path">The log.</param>
    /// <returns>What is wrong; null: it is whole, but for what a kill or a power cut leaves.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? FindDamage(string path)
    {
        if (IsEmpty(path))
        {
            return null;
        }

        using var stream = new FileStream(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 1 << 16 });
        Span<byte> header = stackalloc byte[HeaderSize + FrameHeaderSize];
        header = header[..stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)];
        var bigEndian = (header[3] & 1) != 0;
        if ((Word(header, 0) & ~1u) != Magic || Sum(default, header[..24], bigEndian) != Sums(header, 24))
        {
            // It is synced before the first frame is written.
            return IsTornRestart(header, bigEndian) ? null : $"the header of {path} has changed by itself";
        }

        return FindCommitsBehindBadFrame(stream, header, bigEndian) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"{path} has changed by itself, and there are commits behind that place (frame {number})")
            : null;
    }

    private static int? FindCommitsBehindBadFrame(FileStream stream, ReadOnlySpan<byte> header, bool bigEndian)
    {
        stream.Position = HeaderSize;
        var frame = new byte[FrameHeaderSize + Word(header, 8)];

        // Of the frame before: its checksum as it stands there and as its bytes make it. Either may be what changed.
        var (stored, computed) = (Sums(header, 24), Sums(header, 24));
        var (isWhole, wentOn, endedCommit) = (true, true, false);
        for (var number = 1; stream.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; number++)
        {
            var sums = Sums(frame, 16);
            var made = FrameSum(stored, frame, bigEndian);

            // Frames with other salts are from before the log was begun anew.
            var goesOn = frame.AsSpan(8, 8).SequenceEqual(header[16..24]) && (made == sums || (computed != stored && FrameSum(computed, frame, bigEndian) == sums));
            isWhole &= goesOn;
            if (goesOn && endedCommit && !isWhole)
            {
                return number;
            }

            // The mark of a bad frame counts behind a good one only: where a sector was not written, the end of a page and the begin of the next frame are both of before.
            endedCommit = Word(frame, 4) != 0 && (goesOn || wentOn);
            (stored, computed, wentOn) = (sums, goesOn ? sums : made, goesOn);
        }

        return null;
    }

    /// <summary>
    /// Whether a header that is not whole was torn when the log was begun anew, over frames that are all in the file: the next number is there, and salts or checksums are not.
    /// </summary>
    private static bool IsTornRestart(ReadOnlySpan<byte> header, bool bigEndian)
    {
        if (header.Length < HeaderSize + FrameHeaderSize)
        {
            return false;
        }

        // The one of before: its number is one lower, and its salts are in the frames.
        Span<byte> last = stackalloc byte[24];
        header[..16].CopyTo(last);
        BinaryPrimitives.WriteUInt32BigEndian(last[12..], Word(header, 12) - 1);
        header.Slice(HeaderSize + 8, 8).CopyTo(last[16..]);
        return Sum(default, last, bigEndian) == Sums(header, 24);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static (uint First, uint Second) Sums(ReadOnlySpan<byte> bytes, int at) => (Word(bytes, at), Word(bytes, at + 4));

    // Salts and checksum are not part of it.
    private static (uint First, uint Second) FrameSum((uint First, uint Second) before, ReadOnlySpan<byte> frame, bool bigEndian) => Sum(Sum(before, frame[..8], bigEndian), frame[FrameHeaderSize..], bigEndian);

    private static (uint First, uint Second) Sum((uint First, uint Second) sums, ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        var (first, second) = sums;
        var swaps = bigEndian == BitConverter.IsLittleEndian;
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            first += (swaps ? BinaryPrimitives.ReverseEndianness(words[i]) : words[i]) + second;
            second += (swaps ? BinaryPrimitives.ReverseEndianness(words[i + 1]) : words[i + 1]) + first;
        }

        return (first, second);
    }
}
