namespace Rollcall.Discovery.Balancing;

/// <summary><c>random</c>: each call goes to any endpoint with equal chance, whatever their weights.</summary>
public sealed class RandomPolicy : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input) => new Picker(input);

    private sealed class Picker(PickerInput input) : EndpointPicker(input)
    {
        private readonly Random _random = input.Random;

        public override int Choose(in PickContext context) =>
            context.IsRetry ? UntriedSlots.Draw(Endpoints, _random, context) : _random.Next(Endpoints.Length);
    }
}
