using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Durability;

/// <summary>
/// Rows in one SQLite file; each write is one transaction that is synced before it returns, and adds one value to the log. When the log is long, a write
/// first puts the last form of each row in it into its place, in the same transaction; a write that is as long by itself does the same, and its own rows go to their
/// places, too. The file is locked: one agent for one directory.
/// </summary>
internal sealed partial class SqliteJournal : IStoreJournal, IDisposable
{
    private const string FileName = "agent.db";

    // Some ten thousand small rows: their places cost 20 to 100 ms then, and reading them at a start as much.
    private const long LongestLog = 2 << 20;

    private readonly string _path;
    private readonly ILogger _logger;

    // Keeps the end of the agent from a write that is under way: connections are not for two threads.
    private readonly Lock _lock = new();

    // All guarded by _lock.
    private bool _failing;
    private bool _disposed;
    private readonly SqliteFile _file;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollBack;
    private readonly SqliteStatement _append;
    private readonly SqliteStatement _put;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _setIndex;
    private readonly SqliteStatement _clearLog;
    private readonly EncodedRow _row = new();
    private readonly RowBatch _batch = new();

    // What the log says, and how long it is.
    private readonly Dictionary<RowKey, object?> _waiting;
    private long _logBytes;

    private SqliteJournal(string path, SqliteFile file, Dictionary<RowKey, object?> waiting, long logBytes, ILogger logger)
    {
        (_path, _file, _waiting, _logBytes, _logger) = (path, file, waiting, logBytes, logger);
        _begin = file.Prepare("BEGIN IMMEDIATE");
        _commit = file.Prepare("COMMIT");
        _rollBack = file.Prepare("ROLLBACK");
        _append = file.Prepare("INSERT INTO log (last_index, rows, sum) VALUES (?, ?, ?)");
        _put = file.Prepare("INSERT OR REPLACE INTO rows (kind, name, value, sum) VALUES (?, ?, ?, ?)");
        _delete = file.Prepare("DELETE FROM rows WHERE kind = ? AND name = ?");
        _setIndex = file.Prepare("UPDATE state SET last_index = ?");
        _clearLog = file.Prepare("DELETE FROM log");
    }

    /// <summary>Opens the file of a directory, and makes both if they are not there.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <param name="root">What it holds.</param>
    /// <exception cref="ConsulAgentException">It can't be used; the message says what to do.</exception>
    public static SqliteJournal Open(string directory, ILoggerFactory loggers, out StoreRoot root)
    {
        var path = Path.Combine(directory, FileName);
        SqliteFile? file = null;
        try
        {
            DurableFile.CreateDirectory(directory);
            RefuseConsulsDirectory(directory, path);
            JournalFile.RefuseLogAlone(path);
            DurableFile.CreateIfMissing(path);
            file = SqliteFile.Open(path);
            var (rows, index) = JournalFile.Open(file, path, out var waiting, out var logBytes);

            // SQLite does it, too, but says nothing when it fails.
            DurableFile.SyncDirectoryOf(path);
            var isNew = index == 0;
            root = isNew ? StoreRoot.Empty : StoreLoader.Load(rows, index);
            var logger = loggers.CreateLogger<SqliteJournal>();
            TellLoaded(logger, path, isNew ? null : root);
            return new SqliteJournal(path, file, waiting, logBytes, logger);
        }
        catch (Exception exception) when (exception is SqliteFault or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new ConsulAgentException(Directory.Exists(directory) ? Diagnose(path, exception) : NotMade(directory, exception), exception);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<StoreCommit> commits)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                throw new StoreJournalException("The agent has stopped.");
            }

            try
            {
                WriteLocked(commits);
                if (_failing)
                {
                    _failing = false;
                    Log.WritesWork(_logger, _path);
                }
            }
            catch (SqliteFault exception)
            {
                var reason = Describe(_path, exception);
                if (!_failing)
                {
                    _failing = true;
                    Log.WritesFail(_logger, reason);
                }

                throw new StoreJournalException(reason, exception);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            LeaveLocked();
            foreach (var statement in (ReadOnlySpan<SqliteStatement>)[_begin, _commit, _rollBack, _append, _put, _delete, _setIndex, _clearLog])
            {
                statement.Dispose();
            }

            _row.Dispose();
            _file.Dispose();
        }
    }

    private void LeaveLocked()
    {
        try
        {
            RollBackLocked();
            JournalFile.Leave(_file);
        }
        catch (SqliteFault)
        {
            // The disk fails. What was acknowledged is in the log, which stays.
        }
    }

    private void WriteLocked(IReadOnlyList<StoreCommit> commits)
    {
        RollBackLocked();
        var index = commits[^1].Index;
        var fits = FillBatchLocked(commits);
        var empties = !fits || _logBytes >= LongestLog;
        _begin.Run();
        if (empties)
        {
            EmptyLogLocked(index);
        }

        if (fits)
        {
            AppendLocked(index);
        }
        else
        {
            var rows = new Dictionary<RowKey, object?>();
            AddLastForms(commits, rows);
            PutLocked(rows);
        }

        _commit.Run();

        // Only now: after a write that failed the log is what it was.
        if (empties)
        {
            _waiting.Clear();
            _logBytes = 0;
        }

        if (fits)
        {
            AddLastForms(commits, _waiting);
            _logBytes += _batch.Bytes.Length;
        }
    }

    private void RollBackLocked()
    {
        // Of a write that failed: after some errors SQLite has taken it back by itself, after others it is still open.
        if (_file.IsInTransaction)
        {
            _rollBack.Run();
        }
    }

    private static void AddLastForms(IReadOnlyList<StoreCommit> commits, Dictionary<RowKey, object?> rows)
    {
        foreach (var commit in commits)
        {
            foreach (var row in commit.Rows)
            {
                rows[row.Key] = row.Value;
            }
        }
    }

    /// <summary>False: they are too long for the log, and not all of them were looked at.</summary>
    private bool FillBatchLocked(IReadOnlyList<StoreCommit> commits)
    {
        _batch.Clear();
        foreach (var commit in commits)
        {
            foreach (var (key, value) in commit.Rows)
            {
                _row.Set(key, value);
                _batch.Add(key.Table, _row);
                if (_batch.Bytes.Length >= LongestLog)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void AppendLocked(ulong index)
    {
        _append.Bind(1, (long)index);
        _append.Bind(2, _batch.Bytes);
        _append.Bind(3, RowBatch.Checksum(index, _batch.Bytes));
        _append.Run();
    }

    private void EmptyLogLocked(ulong index)
    {
        PutLocked(_waiting);
        _setIndex.Bind(1, (long)index);
        _setIndex.Run();
        _clearLog.Run();
    }

    // In the order of the table, so that each of its pages is touched once.
    private void PutLocked(Dictionary<RowKey, object?> rows)
    {
        foreach (var (key, value) in rows.OrderBy(static row => row.Key.Table).ThenBy(static row => row.Key.Name, StringComparer.Ordinal))
        {
            _row.Set(key, value);
            var statement = value is null ? _delete : _put;
            statement.Bind(1, (long)key.Table);
            statement.Bind(2, _row.Name);
            if (value is not null)
            {
                statement.Bind(3, _row.Json);
                statement.Bind(4, RowCodec.Checksum(_row.Name, _row.Json));
            }

            statement.Run();
        }
    }

    private static void RefuseConsulsDirectory(string directory, string path)
    {
        if (!File.Exists(path) && Directory.Exists(Path.Combine(directory, "raft")))
        {
            throw new ConsulAgentException(
                $"{directory} is a data directory of Consul, whose files this agent does not read. Choose another one with DataDirectory (-data-dir), and bring over what is in this one: "
                + "consul snapshot save FILE where Consul runs, then rollcall snapshot restore FILE.");
        }
    }

    private static void TellLoaded(ILogger logger, string path, StoreRoot? root)
    {
        if (root is null)
        {
            Log.New(logger, path);
        }
        else
        {
            Log.Loaded(logger, path, root.Index, root.Kv.Count, root.Catalog.Services.Count, root.Sessions.Sessions.Count);
        }
    }

    private static string NotMade(string directory, Exception exception) =>
        $"{directory} can't be made by user {Environment.UserName}: {exception.Message.TrimEnd('.')}. Make it yourself and give it to that user (chown), or choose another directory with DataDirectory (-data-dir).";

    /// <summary>Why the file can't be opened: SQLite takes files of another user, and those on a disk that is read-only, for a disk that fails.</summary>
    private static string Diagnose(string path, Exception exception)
    {
        try
        {
            if (exception is SqliteFault { Code: SqliteFault.Busy or SqliteFault.Full } or SqliteFault { IsDamage: true })
            {
                return Describe(path, exception);
            }

            // SQLite's log is beside the file.
            DurableFile.CheckWritable(path);
            DurableFile.CheckWritable($"{path}-wal");
            return Describe(path, exception);
        }
        catch (UnauthorizedAccessException fault)
        {
            return $"{path} can't be written by user {Environment.UserName}: {fault.Message.TrimEnd('.')}. Give it to that user with its directory (chown -R), or choose another directory with DataDirectory (-data-dir).";
        }
        catch (IOException fault)
        {
            return $"{path} can't be written: {fault.Message.TrimEnd('.')}. Choose another directory with DataDirectory (-data-dir).";
        }
    }

    private static string Describe(string path, Exception exception) => exception switch
    {
        SqliteFault { Code: SqliteFault.Busy } => $"{path} is in use by another agent. Stop that one, or choose another directory with DataDirectory (-data-dir).",
        SqliteFault { Code: SqliteFault.Full } => $"There is no room left for {path}: free some. Nothing was changed; reads go on.",
        SqliteFault { IsDamage: true } => JournalFile.Damaged(path, exception.Message, null).Message,
        _ => $"{path} can't be used: {exception.Message}",
    };
}
