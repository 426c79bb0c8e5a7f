namespace Rollcall.Agent.Checks;

/// <summary>The words with which the API shows kinds of checks.</summary>
internal static class CheckKindName
{
    public const string Alias = "alias";

    public static string Of(CheckKind kind) => kind == CheckKind.OsService ? "os_service" : kind.ToString().ToLowerInvariant();
}
