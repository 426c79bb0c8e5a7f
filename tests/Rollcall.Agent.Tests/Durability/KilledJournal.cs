using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>The files of a journal as a kill leaves them.</summary>
/// <param name="File">What <c>agent.db</c> holds; null: it is not there.</param>
/// <param name="Log">What <c>agent.db-wal</c> holds; null: it is not there.</param>
internal sealed record KilledJournal(byte[]? File, byte[]? Log)
{
    public const int LogHeaderSize = 32;
    public const int FrameHeaderSize = 24;
    public const int FrameSize = FrameHeaderSize + 4096;

    /// <summary>Of a directory in which nothing closes its files.</summary>
    public static KilledJournal Read(string directory) => new(ReadIfThere(PathIn(directory)), ReadIfThere(LogIn(directory)));

    public static string PathIn(string directory) => Path.Combine(directory, "agent.db");

    public static string LogIn(string directory) => Path.Combine(directory, "agent.db-wal");

    public static SqliteJournal Open(string directory, out StoreRoot root) => SqliteJournal.Open(directory, NullLoggerFactory.Instance, out root);

    /// <summary>Of a new directory, after so many commits.</summary>
    /// <param name="directory">Made.</param>
    /// <param name="commits">How many.</param>
    /// <param name="valueBytes">How long the value of each is, by its index.</param>
    public static KilledJournal Make(DirectoryInfo directory, int commits, Func<ulong, int> valueBytes)
    {
        directory.Create();
        using var journal = Open(directory.FullName, out _);
        for (var index = 1ul; index <= (ulong)commits; index++)
        {
            Write(journal, index, valueBytes(index));
        }

        return Read(directory.FullName);
    }

    /// <summary>One commit: key <c>k{index}</c>.</summary>
    public static void Write(SqliteJournal journal, ulong index, int valueBytes)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"k{index}");
        var value = new byte[valueBytes];
        new Random((int)index).NextBytes(value);
        journal.Write([new StoreCommit(index, [new StoreRow(new RowKey(StoreTable.Kv, key), new KvPair { Key = key, Value = value, CreateIndex = index, ModifyIndex = index })])]);
    }

    /// <summary>The frames of the log that were written since it was begun, or begun anew: where each is, and whether it ends a commit.</summary>
    public List<(int At, bool IsCommit)> Frames()
    {
        var frames = new List<(int At, bool IsCommit)>();
        for (var at = LogHeaderSize; at + FrameSize <= Log!.Length && Log.AsSpan(at + 8, 8).SequenceEqual(Log.AsSpan(16, 8)); at += FrameSize)
        {
            frames.Add((at, BinaryPrimitives.ReadUInt32BigEndian(Log.AsSpan(at + 4)) != 0));
        }

        return frames;
    }

    /// <summary>Puts them into a directory.</summary>
    public void Restore(string directory)
    {
        Put(PathIn(directory), File);
        Put(LogIn(directory), Log);
    }

    /// <summary>An agent's start on them, in a directory that is then as the start left it.</summary>
    /// <exception cref="ConsulAgentException">It is refused.</exception>
    public StoreRoot Start(string directory)
    {
        Restore(directory);
        using var journal = Open(directory, out var root);
        return root;
    }

    private static byte[]? ReadIfThere(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Put(string path, byte[]? bytes)
    {
        if (bytes is null)
        {
            System.IO.File.Delete(path);
        }
        else
        {
            System.IO.File.WriteAllBytes(path, bytes);
        }
    }
}
