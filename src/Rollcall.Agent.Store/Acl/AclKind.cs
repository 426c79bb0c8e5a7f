using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Acl;

/// <summary>One kind of what says who may do what: where its records are, and what it is called.</summary>
public sealed class AclKind<T>
    where T : AclRecord
{
    internal AclKind(string name, StoreTable table, Func<AclState, AclRows<T>> rows, Func<AclState, AclRows<T>, AclState> replace)
    {
        (Name, Table, Rows, Replace) = (name, table, rows, replace);
        Topic = new Topic(TopicKind.Acl, name);
    }

    /// <summary>What Consul calls one of it, such as <c>policy</c>.</summary>
    public string Name { get; }

    /// <summary>Changes with each of its records.</summary>
    public Topic Topic { get; }

    /// <summary>Its records.</summary>
    public Func<AclState, AclRows<T>> Rows { get; }

    internal StoreTable Table { get; }

    internal Func<AclState, AclRows<T>, AclState> Replace { get; }

    /// <summary>What keeps a record from being stored in a state, in Consul's words; null: nothing.</summary>
    internal Func<AclState, T, string?> Refusal { get; init; } = static (_, _) => null;
}
