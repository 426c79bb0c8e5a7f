using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a record; one that is not there is no error. What has a policy or role that goes loses it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">Of a token its secret, of an auth method <see cref="AclAuthMethod.KeyOf"/>, of all else the id.</param>
public sealed record DeleteAcl<T>(AclKind<T> Kind, string Key) : Command<bool>
    where T : AclRecord
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        if (Kind.Rows(transaction.Acl).Find(Key) is not { } record)
        {
            return false;
        }

        transaction.AclWriter.Delete(Kind, record);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(DeleteAcl<T>)} {Kind.Name}";
}
