namespace Rollcall.Consul.Wire;

/// <summary>How much of the traffic an instance takes, by its check status. Consul's default is 1 and 1.</summary>
public sealed record ServiceWeights
{
    public int Passing { get; init; } = 1;

    public int Warning { get; init; } = 1;
}
