namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>Runs of <c>rollcall migrate</c>.</summary>
internal static class MigrationRuns
{
    public static Task<CliResult> RunAsync(Uri from, Uri to, params string[] arguments) =>
        CliRun.RunAsync(from, ["migrate", "--from", from.ToString(), "--to", to.ToString(), .. arguments]);

    public static Task<CliResult> RunAsync(MigrationSide from, MigrationSide to, params string[] arguments) => RunAsync(from.Address, to.Address, arguments);

    /// <summary>With a token of the test's choice for each side; null: none.</summary>
    public static async Task<CliResult> RunAsync(MigrationSide from, string? fromToken, MigrationSide to, string? toToken, params string[] arguments)
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-migrate-");
        try
        {
            foreach (var (side, token) in new[] { ("from", fromToken), ("to", toToken) })
            {
                if (token is not null)
                {
                    var file = Path.Combine(directory.FullName, side);
                    await File.WriteAllTextAsync(file, token);
                    arguments = [.. arguments, $"--{side}-token-file", file];
                }
            }

            return await RunAsync(from, to, arguments);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
