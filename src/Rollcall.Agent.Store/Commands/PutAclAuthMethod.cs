using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds an auth method, or replaces the one of its name, whose type stays.</summary>
public sealed record PutAclAuthMethod(AclAuthMethod Method) : Command<(AclAuthMethod? Method, string? Fault)>
{
    /// <summary>Why another type is refused, in Consul's words.</summary>
    public const string ImmutableType = "the Type field of an Auth Method is immutable";

    /// <returns>The method as it is kept; or why it is not.</returns>
    internal override (AclAuthMethod? Method, string? Fault) Apply(StoreTransaction transaction) =>
        transaction.Acl.FindAuthMethod(Method.Name) is { } known && known.Type != Method.Type
            ? (null, ImmutableType)
            : (transaction.AclWriter.Put(AclKinds.AuthMethods, Method), null);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(PutAclAuthMethod)} {Method}";
}
