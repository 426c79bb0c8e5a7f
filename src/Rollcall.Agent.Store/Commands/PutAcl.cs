using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a policy, role or binding rule, or replaces the one with its id.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Record">The record, whole.</param>
/// <param name="IsNew">Whether it is added.</param>
public sealed record PutAcl<T>(AclKind<T> Kind, T Record, bool IsNew) : Command<(T? Record, string? Fault)>
    where T : AclRecord
{
    /// <returns>The record as it is kept; or why it is not, in Consul's words.</returns>
    internal override (T? Record, string? Fault) Apply(StoreTransaction transaction)
    {
        var rows = Kind.Rows(transaction.Acl);
        var named = Record.Alias is { } name ? rows.FindAlias(name) : null;
        var kind = $"{char.ToUpperInvariant(Kind.Name[0])}{Kind.Name[1..]}";
        var fault = !IsNew && rows.Find(Record.Key) is null ? $"cannot find {Kind.Name} {Record.Key}"
            : named is not null && named.Key != Record.Key ? $"Invalid {kind}: A {(IsNew ? $"{kind} with Name" : $"{Kind.Name} with name")} \"{Record.Alias}\" already exists"
            : Kind.Refusal(transaction.Acl, Record);
        return fault is null ? (transaction.AclWriter.Put(Kind, Record), null) : (null, fault);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(PutAcl<T>)} {Kind.Name}";
}
