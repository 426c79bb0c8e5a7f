namespace Rollcall.Agent.Store;

/// <summary>
/// One change. A plain value with everything it needs in it: applying the same commands in the same order to the same root always gives the
/// same root, whatever the time or machine.
/// </summary>
/// <typeparam name="TResult">What the caller is told.</typeparam>
public abstract record Command<TResult>
{
    internal abstract TResult Apply(StoreTransaction transaction);
}
