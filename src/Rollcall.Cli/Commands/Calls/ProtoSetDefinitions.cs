using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Definitions from files that protoc wrote.</summary>
internal sealed class ProtoSetDefinitions(MessageCatalog catalog) : IDefinitions
{
    /// <exception cref="CommandFailure">A file can't be read or is no set.</exception>
    public static ProtoSetDefinitions Read(IReadOnlyList<string> files)
    {
        using var all = new MemoryStream();
        foreach (var file in files)
        {
            try
            {
                // Sets one behind the other are one set: their files are a repeated field.
                all.Write(File.ReadAllBytes(GivenValue.Path(file, "--proto-set")));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure($"--proto-set {file} cannot be read: {failure.Message}", ExitCode.Failure, failure);
            }
        }

        return MessageCatalog.TryBuildFromSet(all.ToArray(), out var catalog, out var fault)
            ? new ProtoSetDefinitions(catalog)
            : throw new CommandFailure(
                $"--proto-set {string.Join(", ", files)} cannot be used. {fault} Write it with protoc --include_imports --descriptor_set_out=FILE.");
    }

    public Task<IReadOnlyList<string>> ListServicesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. catalog.Services.Select(static service => service.FullName)]);

    public Task<MessageCatalog?> LoadAsync(string symbol, CancellationToken cancellationToken) => Task.FromResult<MessageCatalog?>(catalog);
}
