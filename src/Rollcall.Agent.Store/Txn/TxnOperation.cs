namespace Rollcall.Agent.Store.Txn;

/// <summary>One step of a transaction.</summary>
/// <param name="Verb">What it does, in Consul's words.</param>
public abstract record TxnOperation(string Verb)
{
    protected const string Get = "get";
    protected const string Set = "set";
    protected const string Cas = "cas";
    protected const string Delete = "delete";
    protected const string DeleteCas = "delete-cas";

    /// <summary>Whether it may change something. Of keys only the verbs that are known to write do; of all else every verb but <c>get</c>.</summary>
    public virtual bool Writes => Verb != Get;

    /// <summary>Whether it may change, or show, all there is: how long that takes is not known before.</summary>
    public virtual bool MayBeLong => false;

    /// <summary>What is wrong with it whatever the state of the others; null: nothing.</summary>
    internal virtual string? Check(StoreTransaction transaction) => null;

    /// <summary>Does it, and adds what it has to show.</summary>
    /// <returns>Why it failed, in Consul's words; null: it did not.</returns>
    internal abstract string? Apply(StoreTransaction transaction, List<TxnResult> results);
}
