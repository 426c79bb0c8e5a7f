using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A service's check that a session depends on.</summary>
/// <param name="Id">The check's id.</param>
/// <param name="Namespace">Empty where there are no namespaces.</param>
public sealed record SessionServiceCheck([property: JsonPropertyName("ID")] string Id, string Namespace);
