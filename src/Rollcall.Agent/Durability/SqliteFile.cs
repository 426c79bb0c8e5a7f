using SQLitePCL;

namespace Rollcall.Agent.Durability;

/// <summary>
/// A file of SQLite, by SQLite's own functions: ADO.NET would bring five assemblies and their regular expressions into every agent that keeps its state, some
/// megabytes for a handful of statements. Not for two threads.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private const int PatienceMilliseconds = 1000;
    private readonly sqlite3 _database;

    private SqliteFile(sqlite3 database) => _database = database;

    /// <summary>A transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_database) == 0;

    /// <summary>Opens a file, or makes it.</summary>
    /// <exception cref="SqliteFault">It can't be opened.</exception>
    public static SqliteFile Open(string path)
    {
        Batteries_V2.Init();

        // Without its mutex: one thread at a time is what its users promise.
        var code = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(code, database);

            // Of an agent that is just stopping.
            Check(raw.sqlite3_busy_timeout(database, PatienceMilliseconds), database);
            return new SqliteFile(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <exception cref="SqliteFault">It is no statement.</exception>
    public SqliteStatement Prepare(string text)
    {
        Check(raw.sqlite3_prepare_v2(_database, text, out var statement), _database);
        return new SqliteStatement(_database, statement);
    }

    /// <summary>Runs statements that are run once, one after the other.</summary>
    /// <exception cref="SqliteFault">One failed, and those after it did not run.</exception>
    public void Execute(string text) => Check(raw.sqlite3_exec(_database, text), _database);

    /// <summary>The number that a statement gives.</summary>
    /// <exception cref="SqliteFault">It failed, or gave something else.</exception>
    public long ReadNumber(string text)
    {
        using var statement = Prepare(text);
        return statement.Read() ? statement.Number(0) : throw new SqliteFault(SqliteFault.Corrupt, $"'{text}' gave nothing");
    }

    /// <summary>Whether the log stays as it is when the file is closed. If not, SQLite puts what it holds into the file and deletes it, as it does by itself.</summary>
    /// <exception cref="SqliteFault">It can't be set.</exception>
    public void KeepLog(bool keep) => Check(raw.sqlite3_db_config(_database, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, out _), _database);

    public void Dispose() => _database.Dispose();

    internal static void Check(int code, sqlite3 database)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw new SqliteFault(code & 0xFF, $"SQLite says '{raw.sqlite3_errmsg(database).utf8_to_string()}' ({code})");
        }
    }
}
