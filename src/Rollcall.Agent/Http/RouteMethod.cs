using Rollcall.Agent.Acl;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http;

/// <summary>One method of an endpoint.</summary>
/// <param name="Handler">Answers.</param>
/// <param name="Metric">The name that its times are measured under.</param>
/// <param name="Demand">What it needs.</param>
/// <param name="Precedence">What it is worth when memory runs out.</param>
internal readonly record struct RouteMethod(Func<AgentRequest, ValueTask> Handler, string Metric, AclDemand Demand, Precedence Precedence);
