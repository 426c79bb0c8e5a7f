using System.Buffers;
using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Acl;

/// <summary>What names and ids of tokens, policies and roles may be like, in Consul's words.</summary>
internal static class AclNames
{
    /// <summary>Characters that the name of a policy or auth method may have.</summary>
    public const int MaxLength = 128;

    /// <summary>Characters that the name of a role may have.</summary>
    public const int MaxRoleLength = 256;

    private static readonly SearchValues<char> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    private static readonly SearchValues<char> s_lowercase = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>What is wrong with the name of a policy, role or auth method.</summary>
    /// <param name="name">The name.</param>
    /// <param name="maxLength">Characters that it may have.</param>
    public static string? Fault(string name, int maxLength = MaxLength) =>
        name.Length == 0 ? "no Name is set"
        : name.Length > maxLength || name.AsSpan().ContainsAnyExcept(s_letters) ? "invalid Name. Only alphanumeric characters, '-' and '_' are allowed"
        : null;

    /// <summary>Whether a token can stand for a service or node of this name.</summary>
    public static bool IsIdentity(string name) =>
        name.Length is > 0 and <= 256 && !name.AsSpan().ContainsAnyExcept(s_lowercase) && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);

    /// <summary>What keeps a text from being an id, when something is looked up by it.</summary>
    /// <param name="what">Such as <c>token</c>.</param>
    /// <param name="id">The text.</param>
    public static string? IdFault(string what, string id) => SessionId.Fault(id)?.Replace("session", $"acl {what}", StringComparison.Ordinal);

    /// <summary>The same when something is written under it.</summary>
    /// <param name="what">Such as <c>Policy</c>.</param>
    /// <param name="id">The text.</param>
    public static string? WrittenIdFault(string what, string id) => Guid.TryParseExact(id, "D", out _) ? null : $"{what} ID invalid UUID";
}
