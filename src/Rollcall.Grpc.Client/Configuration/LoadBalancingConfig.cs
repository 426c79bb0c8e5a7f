using System.Text.Json;

namespace Rollcall.Grpc.Client.Configuration;

/// <summary>A balancing policy by its name, for example <c>round_robin</c>.</summary>
public class LoadBalancingConfig
{
    /// <summary>The name of the policy that takes the first endpoint and stays with it.</summary>
    public const string PickFirstPolicyName = "pick_first";

    /// <summary>The name of the policy that takes endpoints in turn.</summary>
    public const string RoundRobinPolicyName = "round_robin";

    /// <param name="policyName">The policy's name.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public LoadBalancingConfig(string policyName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(policyName);
        PolicyName = policyName;
    }

    /// <summary>The policy's name.</summary>
    public string PolicyName { get; }

    /// <summary>The policy's fields, a JSON object: <c>{ "choiceCount": 4 }</c>. Null: its defaults.</summary>
    public JsonElement? Fields { get; init; }
}
