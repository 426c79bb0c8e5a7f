namespace Rollcall.Agent.Store.Acl;

/// <summary>Who somebody is and what he may do, by a secret. Immutable. Never to be logged: it holds the secret.</summary>
public sealed record AclToken : AclGrants
{
    /// <summary>The token that everybody has who sends none.</summary>
    public const string AnonymousAccessor = "00000000-0000-0000-0000-000000000002";

    /// <summary>Its secret.</summary>
    public const string AnonymousSecret = "anonymous";

    /// <summary>The <see cref="LegacyType"/> of those that may do everything.</summary>
    public const string LegacyManagement = "management";

    /// <summary>The <see cref="LegacyType"/> of all others.</summary>
    public const string LegacyClient = "client";

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

    /// <summary>The auth method that it was given by; empty: none.</summary>
    public string AuthMethod { get; init; } = "";

    /// <summary><c>client</c> or <c>management</c> of a token of the form of before Consul 1.4; empty: none of those.</summary>
    public string LegacyType { get; init; } = "";

    /// <summary>What a token of that form may do, in its rules.</summary>
    public string Rules { get; init; } = "";

    internal override string Key => SecretId;

    internal override string? Alias => AccessorId;

    public bool IsExpired(DateTimeOffset now) => ExpirationTime <= now;

    /// <inheritdoc/>
    public override string ToString() => $"token {AccessorId}";
}
