namespace Rollcall.Agent.Store.Records;

/// <summary>A point in the space in which distance is round-trip time: Vivaldi coordinates with a height, as Consul's gossip computes them.</summary>
/// <param name="Vec">Seconds in eight dimensions.</param>
/// <param name="Error">How sure the node is: 0 is certain.</param>
/// <param name="Adjustment">Seconds; corrects a bias of its own.</param>
/// <param name="Height">Seconds from the node to the network that all share.</param>
public sealed record NetworkCoordinate(IReadOnlyList<double> Vec, double Error, double Adjustment, double Height)
{
    /// <summary>Dimensions of Consul's coordinates.</summary>
    public const int Dimensions = 8;

    /// <summary>What a node starts from, and stays at as long as it measures nobody.</summary>
    public static NetworkCoordinate Origin { get; } = new(new double[Dimensions], 1.5, 0, 1e-5);

    /// <summary>The estimated round-trip time to another point, in seconds.</summary>
    public double DistanceTo(NetworkCoordinate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var sum = 0.0;
        for (var i = 0; i < Math.Min(Vec.Count, other.Vec.Count); i++)
        {
            sum += (Vec[i] - other.Vec[i]) * (Vec[i] - other.Vec[i]);
        }

        var distance = Math.Sqrt(sum) + Height + other.Height;
        var adjusted = distance + Adjustment + other.Adjustment;
        return adjusted > 0 ? adjusted : distance;
    }
}
