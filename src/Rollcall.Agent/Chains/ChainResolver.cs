namespace Rollcall.Agent.Chains;

/// <summary>Finds instances: of its target, or of those to fail over to.</summary>
/// <param name="Target">The target's id.</param>
/// <param name="IsDefault">No config entry says anything of it.</param>
/// <param name="ConnectTimeout">In Go's form.</param>
/// <param name="Failover">Ids of the targets that are tried when there are no instances.</param>
internal sealed record ChainResolver(string Target, bool IsDefault, string ConnectTimeout, IReadOnlyList<string> Failover) : ChainNode(Target)
{
    private const string Own = "resolver";

    public override string Kind => Own;

    /// <summary>Its <see cref="ChainNode.Key"/>.</summary>
    public static string KeyOf(string target) => KeyOf(Own, target);

    public override IEnumerable<string> Next => [];
}
