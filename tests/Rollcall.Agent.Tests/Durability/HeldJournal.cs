using Rollcall.Agent.Store.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>Keeps nothing; a write waits while it is told to.</summary>
internal sealed class HeldJournal : IStoreJournal, IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly SemaphoreSlim _entered = new(0);

    public void Hold() => _open.Reset();

    public void Release() => _open.Set();

    /// <summary>Completes when a write waits.</summary>
    public Task EnteredAsync() => _entered.WaitAsync().WithinAsync();

    public void Write(IReadOnlyList<StoreCommit> commits)
    {
        if (!_open.IsSet)
        {
            _entered.Release();
            Assert.True(_open.Wait(TimeSpan.FromSeconds(30)), "nobody released the journal");
        }
    }

    public void Dispose()
    {
        _open.Dispose();
        _entered.Dispose();
    }
}
