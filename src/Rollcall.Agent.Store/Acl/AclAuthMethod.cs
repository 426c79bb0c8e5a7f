namespace Rollcall.Agent.Store.Acl;

/// <summary>Whose word about who somebody is counts for a token. Immutable. Never to be logged: its settings may hold a secret.</summary>
public sealed record AclAuthMethod : AclRecord
{
    /// <summary>Its name, which compares without case.</summary>
    public required string Name { get; init; }

    /// <summary>How that word is checked, such as <c>jwt</c>.</summary>
    public required string Type { get; init; }

    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>How long its tokens live; zero: for ever.</summary>
    public TimeSpan MaxTokenTtl { get; init; }

    /// <summary>Empty, <c>local</c> or <c>global</c>, as somebody wrote it.</summary>
    public string TokenLocality { get; init; } = "";

    /// <summary>Whether the tokens that it gives are for one datacenter alone.</summary>
    public bool GivesLocalTokens => TokenLocality != "global";

    /// <summary>Settings of the type, as somebody wrote them: a JSON object, or <c>null</c>.</summary>
    public string Config { get; init; } = "null";

    internal override string Key => KeyOf(Name);

    /// <summary>The key of a name.</summary>
    public static string KeyOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToLowerInvariant();
    }

    /// <inheritdoc/>
    public override string ToString() => $"auth method {Name}";
}
