using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Store.Acl;

/// <summary>The changes a command may make to tokens, policies and the like.</summary>
internal sealed class AclWriter(StoreTransaction transaction)
{
    /// <summary>Adds a record, or replaces the one with its key.</summary>
    public T Put<T>(AclKind<T> kind, T record)
        where T : AclRecord
    {
        var rows = kind.Rows(transaction.Acl);
        record = record with { CreateIndex = rows.Find(record.Key)?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        transaction.Acl = kind.Replace(transaction.Acl, rows.Put(record, transaction.Index));
        Touch(kind, record);
        return record;
    }

    public void Delete<T>(AclKind<T> kind, T record)
        where T : AclRecord
    {
        transaction.Acl = kind.Replace(transaction.Acl, kind.Rows(transaction.Acl).Remove(record, transaction.Index));
        Touch(kind, record);
    }

    /// <summary>Notes that the first management token is made by this command.</summary>
    public void MarkBootstrapped()
    {
        transaction.Acl = transaction.Acl with { Bootstrap = new AclBootstrap(transaction.Index) };
        transaction.Touch(new RowKey(StoreTable.AclBootstrap, ""));
    }

    private void Touch<T>(AclKind<T> kind, T record)
        where T : AclRecord
    {
        transaction.Touch(kind.Topic);
        transaction.Touch(new RowKey(kind.Table, record.Key));
    }
}
