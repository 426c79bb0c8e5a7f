using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http;

/// <summary>The common way of all reads of health and catalog: parameters, datacenter, waiting, headers.</summary>
internal sealed class CatalogRead(AgentCore core)
{
    /// <summary>
    /// Waits if the client asked to and sets the headers. Null: the request was not good, and has been answered.
    /// </summary>
    public async ValueTask<StoreRoot?> BeginAsync(
        AgentRequest request,
        Topic topic,
        Func<StoreRoot, string, ulong> index,
        string name,
        bool cacheable = false)
    {
        if (QueryOptions.Parse(request.Query, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return null;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(AgentCore.NoPath).ConfigureAwait(false);
            return null;
        }

        var root = await core.Blocking.WaitAsync(options, topic, index, name, request.Aborted).ConfigureAwait(false);
        request.SetIndex(index(root, name), options, cacheable);
        return root;
    }
}
