using System.Text.Json;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>Answers with the instances of a service, from a body that is built once for all that ask for the same.</summary>
internal static class InstanceList
{
    /// <param name="core">What endpoints work on.</param>
    /// <param name="request">The request.</param>
    /// <param name="root">The state to answer from.</param>
    /// <param name="entry">The service; null: there is none.</param>
    /// <param name="kind">The sort of answer: one word, which tells it from the others that are kept for the same service.</param>
    /// <param name="include">Which instances, besides what tags and node metadata ask for.</param>
    /// <param name="write">Writes one.</param>
    /// <param name="byTag">Whether tags are asked for.</param>
    public static ValueTask AnswerAsync(
        AgentCore core,
        AgentRequest request,
        StoreRoot root,
        ServiceEntry? entry,
        string kind,
        Func<ServiceInstance, bool> include,
        Action<Utf8JsonWriter, ServiceInstance> write,
        bool byTag = true)
    {
        if (entry is null)
        {
            return request.JsonAsync(0, static (json, _) => WireJson.Checks(json, []));
        }

        var filter = InstanceFilter.Of(request.Query);
        var near = core.Near(request.Query);
        var body = request.Access.IsUnrestricted && near.Length == 0 ? core.Bodies.Of(entry, $"{kind} {filter.View}") : new SharedBody();
        return request.JsonAsync(body, (root, near, entry, filter, include, write, byTag), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var instance in NodeDistances.Sort(state.root, state.near, state.entry.Instances.Values, static instance => instance.Node.Node))
            {
                if ((state.byTag ? state.filter.Matches(instance) : state.filter.MatchesNode(instance.Node.Meta)) && state.include(instance))
                {
                    state.write(json, instance);
                }
            }

            json.WriteEndArray();
        });
    }
}
