namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>pick_first</c>: one endpoint for as long as it is there and reachable, then the next. Few connections, no spreading.
/// </summary>
/// <param name="shuffle">Start at a random endpoint rather than the first, so that many clients do not all use the same one (gRFC A62).</param>
public sealed class PickFirstPolicy(bool shuffle = false) : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "pick_first";

    /// <inheritdoc/>
    /// <value>250 ms, the connection attempt delay that RFC 8305 and gRFC A61 recommend.</value>
    public TimeSpan? ConnectionAttemptDelay => TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var chosen = input.Previous is Picker { Chosen: { } current } ? input.Endpoints.IndexOf(current) : -1;
        if (chosen < 0)
        {
            chosen = shuffle && input.Endpoints.Length > 1 ? input.Random.Next(input.Endpoints.Length) : 0;
        }

        return new Picker(input, chosen);
    }

    private sealed class Picker(PickerInput input, int chosen) : EndpointPicker(input)
    {
        public Endpoint? Chosen => Endpoints.IsEmpty ? null : Endpoints[chosen];

        public override int Choose(in PickContext context) => chosen;
    }
}
