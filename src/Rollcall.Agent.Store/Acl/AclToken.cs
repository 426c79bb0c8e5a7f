namespace Rollcall.Agent.Store.Acl;

/// <summary>Who somebody is and what he may do, by a secret. Immutable. Never to be logged: it holds the secret.</summary>
public sealed record AclToken : AclGrants
{
    /// <summary>The token that everybody has who sends none.</summary>
    public const string AnonymousAccessor = "00000000-0000-0000-0000-000000000002";

    /// <summary>Its secret.</summary>
    public const string AnonymousSecret = "anonymous";

    /// <summary>The name under which the token may be told of.</summary>
    public required string AccessorId { get; init; }

    public required string SecretId { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<string> RoleIds { get; init; } = [];

    /// <summary>Whether it would be valid in its own datacenter only.</summary>
    public bool Local { get; init; }

    /// <summary>From then on it does not exist; null: never.</summary>
    public DateTimeOffset? ExpirationTime { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    public bool IsExpired(DateTimeOffset now) => ExpirationTime <= now;

    /// <inheritdoc/>
    public override string ToString() => $"token {AccessorId}";
}
