using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Store.Tests.Durability;

/// <summary>Keeps rows in memory; can be made to wait and to fail.</summary>
internal sealed class FakeJournal : IStoreJournal, IDisposable
{
    private readonly SemaphoreSlim _open = new(0);
    private volatile bool _held;

    public Dictionary<RowKey, object> Rows { get; } = [];

    public ulong Index { get; private set; }

    /// <summary>How many commits each write had.</summary>
    public List<int> Batches { get; } = [];

    public Exception? Fault { get; set; }

    /// <summary>A write has begun and waits.</summary>
    public SemaphoreSlim Entered { get; } = new(0);

    public void Hold() => _held = true;

    public void Release()
    {
        _held = false;
        _open.Release(100);
    }

    public void Write(IReadOnlyList<StoreCommit> commits)
    {
        if (_held)
        {
            Entered.Release();
            Assert.True(_open.Wait(TimeSpan.FromSeconds(30)), "nobody released the journal");
        }

        if (Fault is { } fault)
        {
            throw fault;
        }

        Batches.Add(commits.Count);
        foreach (var (key, value) in commits.SelectMany(commit => commit.Rows))
        {
            if (value is null)
            {
                Rows.Remove(key);
            }
            else
            {
                Rows[key] = value;
            }
        }

        Index = commits[^1].Index;
    }

    public void Dispose()
    {
        _open.Dispose();
        Entered.Dispose();
    }

    public StoreRoot Load() => StoreLoader.Load(Rows.Select(row => new StoreRow(row.Key, row.Value)), Index);
}
