using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Durability;
using SQLitePCL;

namespace Rollcall.Agent.Durability;

/// <summary>
/// Rows in one SQLite file. SQLite's write-ahead log is the journal and its checkpoints are the compaction; each write is one transaction that is
/// synced before it returns. The file is locked: one agent for one directory.
/// </summary>
internal sealed partial class SqliteJournal : IStoreJournal, IDisposable
{
    private const string FileName = "agent.db";

    // "RLCL" and the version of the tables, in the header of the file.
    private const int ApplicationId = 0x524C434C;
    private const int Version = 1;

    // SQLite's codes.
    private const int Busy = 5;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    private readonly string _path;
    private readonly ILogger _logger;

    // Keeps the end of the agent from a write that is under way: connections are not for two threads.
    private readonly Lock _lock = new();

    // Both guarded by _lock.
    private bool _failing;
    private bool _disposed;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _setIndex;

    private SqliteJournal(string path, SqliteConnection connection, ILogger logger)
    {
        _path = path;
        _logger = logger;
        _connection = connection;
        _put = Prepare("INSERT OR REPLACE INTO rows (kind, name, value, sum) VALUES ($kind, $name, $value, $sum)", "$kind", "$name", "$value", "$sum");
        _delete = Prepare("DELETE FROM rows WHERE kind = $kind AND name = $name", "$kind", "$name");
        _setIndex = Prepare("UPDATE state SET last_index = $index", "$index");
    }

    /// <summary>Opens the file of a directory, and makes both if they are not there.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <param name="root">What it holds.</param>
    /// <exception cref="ConsulAgentException">It can't be used; the message says what to do.</exception>
    public static SqliteJournal Open(string directory, ILoggerFactory loggers, out StoreRoot root)
    {
        var path = Path.Combine(directory, FileName);
        SqliteConnection? connection = null;
        try
        {
            Batteries_V2.Init();
            Directory.CreateDirectory(directory);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                DefaultTimeout = 1,
            }.ToString());
            connection.Open();
            Initialize(connection, path);
            root = Read(connection, path);
            return new SqliteJournal(path, connection, loggers.CreateLogger<SqliteJournal>());
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new ConsulAgentException(Describe(path, exception), exception);
        }
        catch
        {
            connection?.Dispose();
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
            catch (SqliteException exception)
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
            _disposed = true;
            _put.Dispose();
            _delete.Dispose();
            _setIndex.Dispose();
            _connection.Dispose();
        }
    }

    private void WriteLocked(IReadOnlyList<StoreCommit> commits)
    {
        // Of a write that failed: after some errors SQLite has taken it back by itself, after others it is still open. SqliteTransaction doesn't tell
        // the two apart, and after the first its connection takes no further one.
        if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            Execute(_connection, "ROLLBACK");
        }

        Execute(_connection, "BEGIN IMMEDIATE");

        // Of a row that several of them change only the last form matters.
        var rows = new Dictionary<RowKey, object?>();
        foreach (var row in commits.SelectMany(static commit => commit.Rows))
        {
            rows[row.Key] = row.Value;
        }

        foreach (var (key, value) in rows)
        {
            Write(key, value);
        }

        _setIndex.Parameters[0].Value = (long)commits[^1].Index;
        _setIndex.ExecuteNonQuery();
        Execute(_connection, "COMMIT");
    }

    private static void Initialize(SqliteConnection connection, string path)
    {
        // Before anything else: a file in the exclusive mode is locked by its first use.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        var (id, version) = (ReadNumber(connection, "PRAGMA application_id"), ReadNumber(connection, "PRAGMA user_version"));
        if (id == 0 && version == 0 && ReadNumber(connection, "SELECT count(*) FROM sqlite_master") == 0)
        {
            Execute(connection, $"""
                BEGIN IMMEDIATE;
                CREATE TABLE rows (kind INTEGER NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
                CREATE TABLE state (last_index INTEGER NOT NULL);
                INSERT INTO state VALUES (0);
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Version};
                COMMIT;
                """);
            return;
        }

        if (id != ApplicationId)
        {
            throw new ConsulAgentException($"{path} is not a file of this agent. Choose another directory with DataDirectory (-data-dir).");
        }

        if (version != Version)
        {
            throw new ConsulAgentException(
                $"{path} was written by another version of the agent (its format is {version}, this one reads {Version}). Run that version, or choose another directory.");
        }
    }

    private static StoreRoot Read(SqliteConnection connection, string path)
    {
        using (var check = connection.CreateCommand())
        {
            check.CommandText = "PRAGMA quick_check(1)";
            if (check.ExecuteScalar() as string is not "ok" and var fault)
            {
                throw Damaged(path, fault ?? "no answer", null);
            }
        }

        var rows = new List<StoreRow>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT kind, name, value, sum FROM rows";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var (table, name, json) = ((StoreTable)reader.GetInt32(0), (byte[])reader.GetValue(1), (byte[])reader.GetValue(2));
            if (RowCodec.Checksum(name, json) != reader.GetInt64(3))
            {
                throw Damaged(path, $"a row of table {table} has changed by itself", null);
            }

            try
            {
                rows.Add(new StoreRow(new RowKey(table, Encoding.UTF8.GetString(name)), RowCodec.Decode(table, json)));
            }
            catch (JsonException exception)
            {
                throw Damaged(path, exception.Message, exception);
            }
        }

        return StoreLoader.Load(rows, (ulong)ReadNumber(connection, "SELECT last_index FROM state"));
    }

    private void Write(RowKey key, object? value)
    {
        var command = value is null ? _delete : _put;
        var name = Encoding.UTF8.GetBytes(key.Name);
        command.Parameters[0].Value = (int)key.Table;
        command.Parameters[1].Value = name;
        if (value is not null)
        {
            var json = RowCodec.Encode(value);
            command.Parameters[2].Value = json;
            command.Parameters[3].Value = RowCodec.Checksum(name, json);
        }

        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static long ReadNumber(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }

    private static ConsulAgentException Damaged(string path, string fault, Exception? inner) => new(
        $"{path} is damaged: {fault}. The agent does not start on it, because it would lose what can't be read. "
        + "Bring back a copy of the directory, or move the file away to start with nothing.",
        inner);

    private static string Describe(string path, Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: Busy } => $"{path} is in use by another agent. Stop that one, or choose another directory with DataDirectory (-data-dir).",
        SqliteException { SqliteErrorCode: Full } => $"There is no room left for {path}: free some. Nothing was changed; reads go on.",
        SqliteException { SqliteErrorCode: Corrupt or NotADatabase } => Damaged(path, exception.Message, null).Message,
        _ => $"{path} can't be used: {exception.Message}",
    };
}
