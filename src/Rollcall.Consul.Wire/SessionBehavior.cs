namespace Rollcall.Consul.Wire;

/// <summary>What becomes of locked keys when their session dies.</summary>
public static class SessionBehavior
{
    /// <summary>They stay, without a holder.</summary>
    public const string Release = "release";

    /// <summary>They are deleted.</summary>
    public const string Delete = "delete";
}
