namespace Rollcall.Consul.Wire;

/// <summary>The body of <c>agent/check/update/:id</c>.</summary>
public sealed record CheckUpdate
{
    /// <summary>One of passing, warning, critical.</summary>
    public string Status { get; init; } = "";

    public string Output { get; init; } = "";
}
