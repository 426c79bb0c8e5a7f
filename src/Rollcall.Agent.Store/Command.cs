using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Agent.Store;

/// <summary>
/// One change. A plain value with everything it needs in it: applying the same commands in the same order to the same root always gives the
/// same root, whatever the time or machine.
/// </summary>
/// <typeparam name="TResult">What the caller is told.</typeparam>
public abstract record Command<TResult>
{
    /// <summary>Whether it only looks, at what is written: it need not wait for what is not, nor fail with it.</summary>
    internal virtual bool OnlyReads => false;

    internal abstract TResult Apply(StoreTransaction transaction);

    /// <summary>Says what the caller is told if the command would change nothing in a root, for commands that mostly do; so they need no transaction.</summary>
    internal virtual bool ChangesNothing(StoreRoot root, [MaybeNullWhen(false)] out TResult result)
    {
        result = default;
        return false;
    }
}
