namespace Rollcall.Cli.Commands.Migration;

/// <summary>Carries things of one kind.</summary>
internal interface IMigration
{
    /// <summary>Carries and tells; false if something was left behind.</summary>
    Task<bool> RunAsync(CancellationToken cancellationToken);
}
