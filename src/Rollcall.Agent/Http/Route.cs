namespace Rollcall.Agent.Http;

/// <summary>An endpoint: its path, the methods it knows, and what runs.</summary>
/// <param name="Allow">Its methods, as the <c>Allow</c> header lists them.</param>
/// <param name="Handlers">By method.</param>
internal sealed record Route(string Allow, IReadOnlyDictionary<string, RouteMethod> Handlers);
