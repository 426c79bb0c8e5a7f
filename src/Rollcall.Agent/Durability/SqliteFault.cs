namespace Rollcall.Agent.Durability;

/// <summary>What SQLite says when it can't do something.</summary>
/// <param name="code">Its result code.</param>
/// <param name="message">In words.</param>
internal sealed class SqliteFault(int code, string message) : Exception(message)
{
    public const int Busy = 5;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int NotADatabase = 26;

    public int Code => code;

    /// <summary>The file is none that SQLite wrote, or has changed by itself.</summary>
    public bool IsDamage => code is Corrupt or NotADatabase;
}
