using Grpc.Core;

namespace WebFront;

internal sealed class PriceService : Prices.PricesBase
{
    private static readonly Dictionary<string, int> s_cents = new() { ["apple"] = 45, ["bread"] = 320 };

    public override Task<Price> GetPrice(PriceRequest request, ServerCallContext context) =>
        s_cents.TryGetValue(request.Item, out var cents)
            ? Task.FromResult(new Price { Item = request.Item, Cents = cents })
            : throw new RpcException(new Status(StatusCode.NotFound, $"There is no price for '{request.Item}'."));
}
