namespace Rollcall.Agent.Acl;

/// <summary>A request may not do what it asks for. Ends the request, wherever it is; answered with 403 and the message.</summary>
internal sealed class AclDeniedException(string message) : Exception(message)
{
    public const string Denied = "Permission denied";
    public const string NotFound = "ACL not found";

    /// <exception cref="AclDeniedException">It is not allowed.</exception>
    public static void Unless(bool allowed)
    {
        if (!allowed)
        {
            throw new AclDeniedException(Denied);
        }
    }
}
