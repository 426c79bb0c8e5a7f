using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Acl;

/// <summary>Which intentions a token may see and change.</summary>
internal static class IntentionAcl
{
    /// <summary>Both ends may know why one can't reach the other.</summary>
    public static bool CanRead(Authorizer access, Intention intention) =>
        (intention.SourceName.Length > 0 && access.AllowsIntention(intention.SourceName, AclAccess.Read))
        || (intention.DestinationName.Length > 0 && access.AllowsIntention(intention.DestinationName, AclAccess.Read));

    /// <summary>Who is called decides who calls. An intention that does not say who that is can't be written by anybody.</summary>
    public static bool CanWrite(Authorizer access, Intention intention) =>
        intention.DestinationName.Length > 0 && access.AllowsIntention(intention.DestinationName, AclAccess.Write);
}
