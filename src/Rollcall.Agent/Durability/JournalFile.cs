using System.Text;
using System.Text.Json;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Durability;

/// <summary>
/// The tables of the journal's file. <c>rows</c> has each row in its own place, <c>log</c> what was written since, in the order in which it was: a value for all
/// that one sync brought, which touches a page or a few where its rows would touch one each. <c>state</c> says, in the file itself and not only in SQLite's log, whether an agent has it in use: if
/// so, SQLite's log belongs to it.
/// </summary>
internal static class JournalFile
{
    // "RLCL" and the version of the tables, in the header of the file. Version 1 had no log, version 2 did not say whether it is in use, and
    // version 3 had no rows for indexes, which agents that know none refuse.
    private const int ApplicationId = 0x524C434C;
    private const int Version = 4;
    private const int VersionWithoutIndexes = 3;
    private const int VersionWithoutUse = 2;
    private const int VersionWithoutLog = 1;

    private const string CreateLog = "CREATE TABLE log (number INTEGER PRIMARY KEY, last_index INTEGER NOT NULL, rows BLOB NOT NULL, sum INTEGER NOT NULL);";

    /// <summary>Refuses a log whose file is empty or gone. To be called before SQLite sees them: it throws such a log away, in which all of the state may be.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConsulAgentException">There is such a log.</exception>
    public static void RefuseLogAlone(string path)
    {
        // The log first: another agent that is just starting makes it after the file.
        if (LengthOf(LogOf(path)) > 0 && LengthOf(path) == 0)
        {
            throw Damaged(path, $"it is empty or gone, and its log, {LogOf(path)}, is not", null);
        }
    }

    /// <summary>Locks the file and reads it, makes the tables if there are none, and notes in it that it is in use.</summary>
    /// <param name="file">Opened.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="waiting">What the log says of rows: their values, or null for those that are gone.</param>
    /// <param name="logBytes">How long the log is.</param>
    /// <returns>All rows, and the index of the last commit.</returns>
    /// <exception cref="ConsulAgentException">It is of another program or version, or damaged.</exception>
    public static (List<StoreRow> Rows, ulong Index) Open(SqliteFile file, string path, out Dictionary<RowKey, object?> waiting, out long logBytes)
    {
        // Until the agent leaves it: what is damaged is left as it is, and a file that is in use has its log.
        file.KeepLog(true);

        // Before anything else: a file in the exclusive mode is locked by its first use.
        file.Execute("PRAGMA locking_mode = EXCLUSIVE");
        file.Execute("PRAGMA journal_mode = WAL");
        file.Execute("PRAGMA synchronous = FULL");
        var (id, version) = (file.ReadNumber("PRAGMA application_id"), file.ReadNumber("PRAGMA user_version"));
        var isNew = id == 0 && version == 0 && file.ReadNumber("SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew)
        {
            RefuseForeign(path, id, version);
        }

        var isInUse = version > VersionWithoutUse && file.ReadNumber("SELECT in_use FROM state") != 0;
        RefuseDamagedLog(path, isInUse);

        if (isNew)
        {
            file.Execute($"""
                BEGIN IMMEDIATE;
                CREATE TABLE rows (kind INTEGER NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
                CREATE TABLE state (last_index INTEGER NOT NULL, in_use INTEGER NOT NULL);
                INSERT INTO state VALUES (0, 1);
                {CreateLog}
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Version};
                COMMIT;
                """);
            Checkpoint(file, mayFail: false);
            (waiting, logBytes) = ([], 0);
            return ([], 0);
        }

        Check(file, path);
        var index = (ulong)file.ReadNumber("SELECT last_index FROM state");
        (waiting, logBytes) = ([], 0);
        try
        {
            if (version != VersionWithoutLog)
            {
                (logBytes, index) = ReadLog(file, path, waiting, index);
            }

            var rows = ReadRows(file, path, waiting);

            if (version != Version)
            {
                var createLog = version == VersionWithoutLog ? CreateLog : "";
                var addUse = version <= VersionWithoutUse ? "ALTER TABLE state ADD COLUMN in_use INTEGER NOT NULL DEFAULT 1;" : "UPDATE state SET in_use = 1;";
                file.Execute($"BEGIN IMMEDIATE; {createLog} {addUse} PRAGMA user_version = {Version}; COMMIT;");
            }
            else if (!isInUse)
            {
                NoteUse(file);
            }

            Checkpoint(file, mayFail: version == Version);
            return (rows, index);
        }
        catch (JsonException exception)
        {
            throw Damaged(path, exception.Message, exception);
        }
    }

    /// <summary>Notes that it is not in use. SQLite's log goes with the file's end.</summary>
    /// <exception cref="SqliteFault">That can't be kept. The file stays in use, and has its log, as after a kill.</exception>
    public static void Leave(SqliteFile file)
    {
        file.Execute("UPDATE state SET in_use = 0");
        file.KeepLog(false);
    }

    public static ConsulAgentException Damaged(string path, string fault, Exception? inner) => new(
        $"{path} is damaged: {fault}. The agent does not start on it, because it would lose what can't be read; nothing was changed. Bring back a copy of the directory. "
        + $"Or start with nothing, in another directory (DataDirectory, -data-dir) or after you moved the file away with {LogOf(path)}, and bring back a snapshot (rollcall snapshot restore FILE).",
        inner);

    private static string LogOf(string path) => $"{path}-wal";

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>
    /// Puts what SQLite's log holds into the file. From then on the file itself says that it is in use. What a kill left is synced, too: nobody may see what a power cut could still take, and a next
    /// commit may only go on after one that is on the disk (<see cref="WriteAheadLog"/>).
    /// </summary>
    private static void Checkpoint(SqliteFile file, bool mayFail)
    {
        try
        {
            file.Execute("PRAGMA wal_checkpoint");
        }
        catch (SqliteFault) when (mayFail)
        {
            // As with NoteUse.
        }
    }

    private static void NoteUse(SqliteFile file)
    {
        try
        {
            file.Execute("UPDATE state SET in_use = 1");
        }
        catch (SqliteFault)
        {
            // An agent starts on a disk that is full, too, and its reads go on. Then it is not told, after a kill, where the log is gone.
        }
    }

    private static void RefuseDamagedLog(string path, bool isInUse)
    {
        var log = LogOf(path);
        var damage = isInUse && WriteAheadLog.IsEmpty(log)
            ? $"{log}, which has what was written last, is gone or empty, and the agent that wrote it did not stop by itself. Another SQLite program that opened the file has put the log into it and lost nothing; "
                + $"if that is so, or to go on with what the file has: sqlite3 {path} 'UPDATE state SET in_use = 0'"
            : WriteAheadLog.FindDamage(log);
        if (damage is not null)
        {
            throw Damaged(path, damage, null);
        }
    }

    private static void RefuseForeign(string path, long id, long version)
    {
        if (id != ApplicationId)
        {
            throw new ConsulAgentException($"{path} is not a file of this agent. Choose another directory with DataDirectory (-data-dir).");
        }

        if (version is not (Version or VersionWithoutIndexes or VersionWithoutUse or VersionWithoutLog))
        {
            throw new ConsulAgentException(
                $"{path} was written by another version of the agent (its format is {version}, this one reads {Version}). Run that version, or choose another directory.");
        }
    }

    private static void Check(SqliteFile file, string path)
    {
        using var check = file.Prepare("PRAGMA quick_check(1)");
        var fault = check.Read() ? check.Text(0) : null;
        if (fault is not "ok")
        {
            throw Damaged(path, fault ?? "no answer", null);
        }
    }

    private static (long Bytes, ulong Index) ReadLog(SqliteFile file, string path, Dictionary<RowKey, object?> waiting, ulong index)
    {
        var bytes = 0L;
        using var batches = file.Prepare("SELECT last_index, rows, sum FROM log ORDER BY number");
        while (batches.Read())
        {
            index = (ulong)batches.Number(0);
            var batch = batches.Bytes(1).ToArray();
            if (RowBatch.Checksum(index, batch) != batches.Number(2))
            {
                throw Damaged(path, "a batch of the log has changed by itself", null);
            }

            foreach (var row in RowBatch.Read(batch))
            {
                waiting[row.Key] = row.Value;
            }

            bytes += batch.Length;
        }

        return (bytes, index);
    }

    private static List<StoreRow> ReadRows(SqliteFile file, string path, Dictionary<RowKey, object?> waiting)
    {
        var rows = waiting.Where(static row => row.Value is not null).Select(static row => new StoreRow(row.Key, row.Value)).ToList();
        using var places = file.Prepare("SELECT kind, name, value, sum FROM rows");
        while (places.Read())
        {
            var table = (StoreTable)places.Number(0);
            var name = places.Bytes(1);
            var json = places.Bytes(2);
            if (RowCodec.Checksum(name, json) != places.Number(3))
            {
                throw Damaged(path, $"a row of table {table} has changed by itself", null);
            }

            var key = new RowKey(table, Encoding.UTF8.GetString(name));
            if (!waiting.ContainsKey(key))
            {
                rows.Add(new StoreRow(key, RowCodec.Decode(table, json)));
            }
        }

        return rows;
    }
}
