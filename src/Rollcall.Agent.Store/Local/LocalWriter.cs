using System.Collections.Immutable;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>The changes a command may make to the agent's own registrations. Each goes on to the catalog in the same commit.</summary>
internal sealed class LocalWriter(StoreTransaction transaction)
{
    private LocalState State
    {
        get => transaction.Local;
        set => transaction.Local = value;
    }

    private CatalogWriter Catalog => transaction.CatalogWriter;

    private string NodeName => State.Node!.Node;

    public void PutService(NodeService service, bool fromFile = false)
    {
        var old = State.Services.GetValueOrDefault(service.Id);
        if (old is null || old.FromFile != fromFile || !CatalogEquality.Same(old.Service, service))
        {
            Keep(new LocalService(service, old?.CheckIds ?? ImmutableSortedSet.Create<string>(StringComparer.Ordinal), fromFile));
        }

        // Files are read after each start, when the catalog still has what others said of their services' tags: the sync that follows pushes it.
        if (old is not null || !fromFile)
        {
            PushService(service);
        }
    }

    /// <summary>Adds or replaces a check. One that exists keeps its status and output, so that registering again does not flap.</summary>
    public void PutCheck(LocalCheck check)
    {
        var id = check.Check.CheckId;
        if (State.Checks.TryGetValue(id, out var old))
        {
            if (old.Check.ServiceId != check.Check.ServiceId)
            {
                // The catalog moves it by itself: it is not lost.
                Forget(old);
            }

            check = check with { Check = check.Check with { Status = old.Check.Status, Output = old.Check.Output } };
        }

        var service = State.Services.GetValueOrDefault(check.Check.ServiceId);
        check = check with
        {
            Check = check.Check with
            {
                Node = NodeName,
                ServiceName = service?.Service.Service ?? "",
                ServiceTags = service?.Service.Tags ?? [],
            },
        };
        State = State with { Checks = State.Checks.SetItem(id, check) };
        transaction.Touch(new RowKey(StoreTable.LocalCheck, id));
        if (check.Check.ServiceId.Length == 0)
        {
            State = State with { NodeCheckIds = State.NodeCheckIds.Add(id) };
        }
        else if (service is not null && !service.CheckIds.Contains(id))
        {
            State = State with
            {
                Services = State.Services.SetItem(service.Service.Id, service with { CheckIds = service.CheckIds.Add(id) }),
            };
        }

        PushCheck(check.Check);
    }

    /// <summary>
    /// Takes a result. The catalog follows a change of status at once, and a change of output only with the next full sync.
    /// </summary>
    /// <param name="check">The check as it is.</param>
    /// <param name="status">How it is from now on.</param>
    /// <param name="output">What it says from now on.</param>
    /// <param name="showsOutput">Whether the catalog gets an output that comes without a change of status.</param>
    public void UpdateCheck(LocalCheck check, string status, string output, bool showsOutput)
    {
        var old = check.Check;
        if (old.Status == status && old.Output == output)
        {
            return;
        }

        check = check with { Check = old with { Status = status, Output = output } };
        State = State with { Checks = State.Checks.SetItem(old.CheckId, check) };
        if (old.Status != status)
        {
            // An output alone is not kept: checks say theirs again soon after a start.
            transaction.Touch(new RowKey(StoreTable.LocalCheck, old.CheckId));
        }

        if (old.Status != status || showsOutput)
        {
            PushCheck(check.Check);
        }
    }

    public void RemoveCheck(string id)
    {
        if (State.Checks.TryGetValue(id, out var check))
        {
            Forget(check);
            Catalog.DeleteCheck(NodeName, id);
        }
    }

    public void RemoveService(string id)
    {
        if (!State.Services.TryGetValue(id, out var service))
        {
            return;
        }

        State = State with
        {
            Services = State.Services.Remove(id),
            Checks = State.Checks.RemoveRange(service.CheckIds),
        };
        transaction.Touch(Topic.LocalService(id));
        transaction.Touch(new RowKey(StoreTable.LocalService, id));
        foreach (var check in service.CheckIds)
        {
            transaction.Touch(new RowKey(StoreTable.LocalCheck, check));
        }

        Catalog.DeleteService(NodeName, id);
    }

    /// <summary>Makes checks that were registered while the node had another name checks of this one.</summary>
    public void TakeOver()
    {
        foreach (var (id, check) in State.Checks)
        {
            if (check.Check.Node != NodeName)
            {
                State = State with { Checks = State.Checks.SetItem(id, check with { Check = check.Check with { Node = NodeName } }) };
                transaction.Touch(new RowKey(StoreTable.LocalCheck, id));
            }
        }
    }

    /// <summary>
    /// Makes the catalog say of this node what the agent says, and nothing else; only the tags of a service with <see cref="NodeService.EnableTagOverride"/>
    /// go the other way, as in Consul. Linear in what is registered.
    /// </summary>
    /// <param name="outputs">Also bring over outputs that changed without a change of status.</param>
    public void Sync(bool outputs)
    {
        PushOwn();
        var node = transaction.Catalog.FindNode(NodeName)!;
        foreach (var (key, service) in node.Services)
        {
            if (!State.Services.ContainsKey(service.Id) && key != CatalogKey.Of(State.OwnService!.Id))
            {
                Catalog.DeleteService(NodeName, service.Id);
            }
        }

        foreach (var (id, local) in State.Services)
        {
            var service = local.Service;
            if (service.EnableTagOverride && node.Services.GetValueOrDefault(CatalogKey.Of(id)) is { } known && known.Id == id
                && !CatalogEquality.Same(known.Tags, service.Tags))
            {
                service = service with { Tags = known.Tags };
                Keep(local with { Service = service });
            }

            PushService(service);
        }

        // A service that was taken away took its checks with it.
        node = transaction.Catalog.FindNode(NodeName)!;
        foreach (var (key, check) in node.Checks)
        {
            if (!State.Checks.ContainsKey(check.CheckId) && key != CatalogKey.Of(State.OwnCheck!.CheckId))
            {
                Catalog.DeleteCheck(NodeName, check.CheckId);
            }
        }

        foreach (var (_, check) in State.Checks)
        {
            // A check of the id by which the agent says that it is there hides that until here, and not for as long as it is registered.
            var key = CatalogKey.Of(check.Check.CheckId);
            if (key == CatalogKey.Of(State.OwnCheck!.CheckId))
            {
                continue;
            }

            // As in Consul, a check that bears the name that its service had is let be: the agent says the same of it.
            var known = node.Checks.GetValueOrDefault(key);
            var said = outputs || known is null ? check.Check : check.Check with { Output = known.Output };
            if (known is null || !CatalogEquality.Same(known, said))
            {
                Catalog.PutCheck(said);
            }
        }
    }

    /// <summary>The node, the agent's own service and its own check, and where the node is: it went with the node, if that was deregistered.</summary>
    public void PushOwn()
    {
        Catalog.PutNode(State.Node!);
        if (transaction.Records.Coordinates.Find(CatalogKey.Of(NodeName)) is null)
        {
            _ = new UpdateCoordinate(new NodeCoordinate(NodeName, "", NetworkCoordinate.Origin)).Apply(transaction);
        }

        Catalog.PutService(NodeName, State.OwnService!);
        Catalog.PutCheck(State.OwnCheck!);
    }

    private void Forget(LocalCheck check)
    {
        var id = check.Check.CheckId;
        State = State with { Checks = State.Checks.Remove(id), NodeCheckIds = State.NodeCheckIds.Remove(id) };
        transaction.Touch(new RowKey(StoreTable.LocalCheck, id));
        if (State.Services.TryGetValue(check.Check.ServiceId, out var service))
        {
            State = State with
            {
                Services = State.Services.SetItem(service.Service.Id, service with { CheckIds = service.CheckIds.Remove(id) }),
            };
        }
    }

    private void Keep(LocalService service)
    {
        var id = service.Service.Id;
        State = State with { Services = State.Services.SetItem(id, service) };
        transaction.Touch(Topic.LocalService(id));
        transaction.Touch(new RowKey(StoreTable.LocalService, id));
    }

    private void PushService(NodeService service)
    {
        if (transaction.Catalog.FindNode(NodeName) is null)
        {
            PushOwn();
        }

        Catalog.PutService(NodeName, service);
    }

    private void PushCheck(HealthCheck check)
    {
        if (transaction.Catalog.FindNode(NodeName) is null)
        {
            PushOwn();
        }

        if (!Catalog.PutCheck(check))
        {
            // Its service was taken out of the catalog behind our back: bring it back with the check.
            Catalog.PutService(NodeName, State.Services[check.ServiceId].Service);
            Catalog.PutCheck(check);
        }
    }
}
