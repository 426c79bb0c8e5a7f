using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Sells nothing; its definition has imports, extensions and nested types.</summary>
internal sealed class ShopService : Shop.ShopBase
{
    public override Task<Money> Buy(Order request, ServerCallContext context) => Task.FromResult(new Money());
}
