using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rollcall.Agent.Durability;

/// <summary>A statement without rows that is prepared once and run often; a command of ADO.NET costs more than most of what it runs. Not for two threads.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string text)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, text, out _statement), _database);
    }

    /// <param name="at">From 1.</param>
    /// <param name="value">Stays until it is bound anew.</param>
    public void Bind(int at, long value) => SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_int64(_statement, at, value), _database);

    /// <param name="at">From 1.</param>
    /// <param name="value">Is copied.</param>
    public void Bind(int at, ReadOnlySpan<byte> value) => SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_blob(_statement, at, value), _database);

    /// <exception cref="SqliteException">It failed.</exception>
    public void Run()
    {
        raw.sqlite3_step(_statement);

        // Says how the step ended.
        SqliteException.ThrowExceptionForRC(raw.sqlite3_reset(_statement), _database);
    }

    public void Dispose() => _statement.Dispose();
}
