using SQLitePCL;

namespace Rollcall.Agent.Durability;

/// <summary>A statement that is prepared once and run often. Not for two threads.</summary>
internal sealed class SqliteStatement(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    /// <param name="at">From 1.</param>
    /// <param name="value">Stays until it is bound anew.</param>
    public void Bind(int at, long value) => SqliteFile.Check(raw.sqlite3_bind_int64(statement, at, value), database);

    /// <param name="at">From 1.</param>
    /// <param name="value">Is copied.</param>
    public void Bind(int at, ReadOnlySpan<byte> value) => SqliteFile.Check(raw.sqlite3_bind_blob(statement, at, value), database);

    /// <summary>Runs it, for what it does.</summary>
    /// <exception cref="SqliteFault">It failed.</exception>
    public void Run()
    {
        raw.sqlite3_step(statement);

        // Says how the step ended.
        SqliteFile.Check(raw.sqlite3_reset(statement), database);
    }

    /// <summary>Goes to its next row.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="SqliteFault">It failed.</exception>
    public bool Read()
    {
        var code = raw.sqlite3_step(statement);
        SqliteFile.Check(code, database);
        return code == raw.SQLITE_ROW;
    }

    /// <param name="column">From 0.</param>
    /// <exception cref="SqliteFault">The file has something else there.</exception>
    public long Number(int column)
    {
        Expect(column, raw.SQLITE_INTEGER);
        return raw.sqlite3_column_int64(statement, column);
    }

    /// <param name="column">From 0.</param>
    /// <returns>Good until the statement moves on.</returns>
    /// <exception cref="SqliteFault">The file has something else there.</exception>
    public ReadOnlySpan<byte> Bytes(int column)
    {
        Expect(column, raw.SQLITE_BLOB);
        return raw.sqlite3_column_blob(statement, column);
    }

    /// <param name="column">From 0.</param>
    public string? Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public void Dispose() => statement.Dispose();

    // SQLite would convert it.
    private void Expect(int column, int type)
    {
        if (raw.sqlite3_column_type(statement, column) != type)
        {
            throw new SqliteFault(SqliteFault.Corrupt, $"column {raw.sqlite3_column_name(statement, column).utf8_to_string()} has a value of another type than the agent writes");
        }
    }
}
