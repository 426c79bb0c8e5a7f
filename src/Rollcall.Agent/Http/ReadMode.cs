namespace Rollcall.Agent.Http;

/// <summary>What consistency a read asked for. One node is always consistent; the answer still says which was asked.</summary>
internal enum ReadMode
{
    Leader,
    Stale,
    Consistent,
}
