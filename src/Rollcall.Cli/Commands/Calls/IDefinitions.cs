using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Where the definitions of services and messages come from.</summary>
internal interface IDefinitions
{
    /// <summary>Full names of all services.</summary>
    Task<IReadOnlyList<string>> ListServicesAsync(CancellationToken cancellationToken);

    /// <summary>A catalog that has the symbol, and all that it needs; null if the symbol is not known there.</summary>
    Task<MessageCatalog?> LoadAsync(string symbol, CancellationToken cancellationToken);
}
