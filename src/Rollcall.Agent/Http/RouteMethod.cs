namespace Rollcall.Agent.Http;

/// <summary>One method of an endpoint.</summary>
/// <param name="Handler">Answers.</param>
/// <param name="Metric">The name that its times are measured under.</param>
internal readonly record struct RouteMethod(Func<AgentRequest, ValueTask> Handler, string Metric);
