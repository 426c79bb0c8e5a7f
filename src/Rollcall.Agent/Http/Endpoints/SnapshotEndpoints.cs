using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Snapshots;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>snapshot</c>: everything as one file, and back.</summary>
internal sealed class SnapshotEndpoints(AgentCore core, TimeProvider time)
{
    /// <summary>Largest archive that is taken.</summary>
    public const int MaxArchiveBytes = 256 * 1024 * 1024;

    private const string Archive = "application/x-gzip";

    public void Map(RouteTable routes) => routes.Add("/v1/snapshot", ("GET", SaveAsync), ("PUT", RestoreAsync));

    private async ValueTask SaveAsync(AgentRequest request)
    {
        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Acl, "", AclAccess.Write);

        // Packing a large state takes seconds.
        await AgentRequest.LeaveThreadAsync();
        var root = core.Store.Root;
        request.SetIndex(root.Index);
        await request.PackedAsync(SnapshotArchive.Write(core.Identity, root.Index, StateWriter.Write(root), time.GetUtcNow()), Archive).ConfigureAwait(false);
    }

    private async ValueTask RestoreAsync(AgentRequest request)
    {
        // Larger than all other bodies.
        if (request.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxArchiveBytes;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Acl, "", AclAccess.Write);
        if (await request.ReadBodyAsync(MaxArchiveBytes).ConfigureAwait(false) is not { } body)
        {
            request.Context.Response.Headers.Connection = "close";
            await request.TextAsync(StatusCodes.Status413PayloadTooLarge, $"Snapshot too large, max size: {MaxArchiveBytes} bytes.").ConfigureAwait(false);
            return;
        }

        await AgentRequest.LeaveThreadAsync();
        var fault = SnapshotArchive.Read(body, out _, out var state);
        var content = fault is null ? StateReader.Read(state, out _, out fault) : null;
        if (content is null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault!).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(new RestoreState(content, request.Acl.BuiltIns())).ConfigureAwait(false);
        core.Sessions.Restart();
        await request.EmptyAsync().ConfigureAwait(false);
    }
}
