using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http;

/// <summary>The common way of all reads of health and catalog: name, filter, parameters, datacenter, waiting, headers.</summary>
/// <param name="core">The agent.</param>
/// <param name="tellsConsistency">Answers say how they were read.</param>
internal sealed class CatalogRead(AgentCore core, bool tellsConsistency = true)
{
    /// <summary>
    /// The state to answer from and what the filter lets through, after waiting if the client asked to. No state: the request was not
    /// good, and has been answered.
    /// </summary>
    /// <param name="request">The request; its tail is the name of what it asks for.</param>
    /// <param name="missing">What is missing if there is no name; null if it needs none.</param>
    /// <param name="fields">What the filter may name.</param>
    /// <param name="topic">What wakes it.</param>
    /// <param name="index">The index of what it asks for, by name.</param>
    /// <param name="cacheable">Whether <c>?cached</c> means anything.</param>
    public async ValueTask<(StoreRoot? Root, Func<T, bool> Matches)> BeginAsync<T>(
        AgentRequest request,
        string? missing,
        FilterFields<T> fields,
        Topic topic,
        Func<StoreRoot, string, ulong> index,
        bool cacheable = false)
    {
        if (await BeginAsync(request, missing).ConfigureAwait(false) is not { } options)
        {
            return (null, static _ => false);
        }

        if (request.Filter(fields, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return (null, static _ => false);
        }

        var root = await WaitAsync(request, options, topic, index, cacheable).ConfigureAwait(false);
        await request.BeginFilterAsync().ConfigureAwait(false);
        return (root, AclFilter.Narrow(request.Access, matches));
    }

    /// <summary>The same for a read that takes no filter.</summary>
    public async ValueTask<StoreRoot?> BeginAsync(
        AgentRequest request,
        Topic topic,
        Func<StoreRoot, string, ulong> index,
        bool cacheable = false,
        string? missing = null) =>
        await BeginAsync(request, missing).ConfigureAwait(false) is { } options ? await WaitAsync(request, options, topic, index, cacheable).ConfigureAwait(false) : null;

    /// <summary>Reads what all reads take, in Consul's order: of several faults the first is told. Null: the request was not good, and has been answered.</summary>
    /// <param name="request">The request; its tail is the name of what it asks for.</param>
    /// <param name="missing">What is missing if there is no name; null if it needs none.</param>
    public async ValueTask<QueryOptions?> BeginAsync(AgentRequest request, string? missing)
    {
        var fault = QueryOptions.Parse(request, out var options) ?? (missing is not null && request.Tail.Length == 0 ? $"Missing {missing}" : null);
        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return null;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(AgentCore.NoPath).ConfigureAwait(false);
            return null;
        }

        return options;
    }

    /// <summary>Goes on where <see cref="BeginAsync(AgentRequest, string?)"/> ended: waits, and sets the index of the answer.</summary>
    public async ValueTask<StoreRoot> WaitAsync(AgentRequest request, QueryOptions options, Topic topic, Func<StoreRoot, string, ulong> index, bool cacheable = false)
    {
        // Who is nobody is told so before he waits.
        _ = request.Access;
        var tellsCache = cacheable && options.Cached;
        var waits = tellsCache && options.MinIndex > 0 && index(core.Store.Root, request.Tail) <= options.MinIndex;
        var root = await core.Blocking.WaitAsync(options, topic, index, request.Tail, request).ConfigureAwait(false);
        if (tellsConsistency)
        {
            request.SetIndex(index(root, request.Tail), options);
        }
        else
        {
            request.SetIndex(index(root, request.Tail));
        }

        if (tellsCache)
        {
            // Who had to wait got something new.
            request.SetCached(core.Cached.Ask(request) && !waits);
        }

        return root;
    }
}
