using System.Collections.Immutable;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>
/// The changes a command may make to the catalog. Each compares first: what is already so moves no index and wakes nobody.
/// Work is linear in what is touched, logarithmic in what is registered.
/// </summary>
internal sealed class CatalogWriter(StoreTransaction transaction)
{
    // The check by which an agent says that it is there (serfHealth).
    private static readonly string s_agentCheck = CatalogKey.Of("serfHealth");

    private CatalogState State
    {
        get => transaction.Catalog;
        set => transaction.Catalog = value;
    }

    private ulong Index => transaction.Index;

    /// <summary>
    /// What keeps a node from getting its name, in Consul's words: another node, with an id of its own, lives under it. Null: nothing. An agent lives for as
    /// long as its check is not critical; what has no such check may be taken over, and what has no id by an id that is new.
    /// </summary>
    public string? NameFault(CatalogNode node)
    {
        if (node.Id.Length == 0
            || State.FindNode(node.Node) is not { } holder
            || CatalogKey.Of(holder.Node.Id) == CatalogKey.Of(node.Id)
            || holder.NodeChecks.GetValueOrDefault(s_agentCheck) is not { } alive || alive.Status == CheckStatus.Critical)
        {
            return null;
        }

        var isKnown = State.FindNodeById(node.Id) is not null;
        return holder.Node.Id.Length == 0 && !isKnown ? null
            : $"Error while renaming Node ID: \"{node.Id}\"{(isKnown ? $" ({node.Address})" : "")}: Node name {node.Node} is reserved by node {holder.Node.Id} with name {holder.Node.Node} ({holder.Node.Address})";
    }

    /// <summary>Adds a node or changes it; all instances on it change with it. What had its id under another name goes, with all that is on it.</summary>
    public void PutNode(CatalogNode node)
    {
        var key = CatalogKey.Of(node.Node);
        var renamed = State.FindRenamed(node);
        if (renamed is not null)
        {
            DeleteNode(renamed.Node.Node);
        }

        var entry = State.Nodes.GetValueOrDefault(key);
        if (entry is not null && CatalogEquality.Same(entry.Node, node))
        {
            return;
        }

        node = node with { CreateIndex = (renamed ?? entry)?.Node.CreateIndex ?? Index, ModifyIndex = Index };
        State = State with { NodeIds = WithId(WithoutId(State.NodeIds, key, entry), key, node) };
        entry = entry is null
            ? new NodeEntry(node, Sorted.Empty<NodeService>(), Sorted.Empty<HealthCheck>(), Sorted.Empty<HealthCheck>())
            : entry with { Node = node };
        State = State with { NodesIndex = Index };
        transaction.Touch(Topic.Nodes);
        transaction.Touch(new RowKey(StoreTable.Node, key));
        PutEntry(key, entry);
        ForEachInstance(key, entry, instance => instance with { Node = node });
        foreach (var check in State.NamedApart.IsEmpty ? [] : entry.Checks.Values)
        {
            // Selected by what is said of nodes.
            transaction.Touch(Topic.Service(check.ServiceName));
        }
    }

    /// <summary>Adds or changes a service on a node that exists.</summary>
    public void PutService(string nodeName, NodeService service)
    {
        var nodeKey = CatalogKey.Of(nodeName);
        var node = State.Nodes[nodeKey];
        var key = CatalogKey.Of(service.Id);
        var old = node.Services.GetValueOrDefault(key);
        if (old is not null && CatalogEquality.Same(old, service))
        {
            return;
        }

        service = service with { CreateIndex = old?.CreateIndex ?? Index, ModifyIndex = Index };
        var checks = old is null ? Sorted.Empty<HealthCheck>() : FindInstance(nodeKey, old)!.Checks;
        if (old is not null && CatalogKey.Of(old.Service) != CatalogKey.Of(service.Service))
        {
            RemoveInstance(nodeKey, old);
            NameApart(nodeKey, service, checks);
        }

        if (old is not null && CatalogState.ConnectedNameOf(old) != CatalogState.ConnectedNameOf(service))
        {
            RemoveConnected(nodeKey, old);
        }

        transaction.Touch(RowKey.Service(nodeKey, key));
        PutEntry(nodeKey, node with { Services = node.Services.SetItem(key, service) });
        State = State with { ServicesIndex = Index };
        transaction.Touch(Topic.Services);
        PutInstance(nodeKey, new ServiceInstance(node.Node, service, node.NodeChecks, checks));
        transaction.GatewayWriter.Refresh(service.Service);
    }

    /// <summary>Adds or changes a check. False if it names a service that its node does not have.</summary>
    public bool PutCheck(HealthCheck check)
    {
        var nodeKey = CatalogKey.Of(check.Node);
        var node = State.Nodes[nodeKey];
        var key = CatalogKey.Of(check.CheckId);
        NodeService? service = null;
        if (check.ServiceId.Length > 0)
        {
            service = node.Services.GetValueOrDefault(CatalogKey.Of(check.ServiceId));
            if (service is null)
            {
                return false;
            }

            check = check with { ServiceName = service.Service, ServiceTags = service.Tags };
        }

        var old = node.Checks.GetValueOrDefault(key);
        if (old is not null && CatalogEquality.Same(old, check))
        {
            return true;
        }

        if (old is not null)
        {
            TellApart(nodeKey, key, old);
        }

        if (old is not null && CatalogKey.Of(old.ServiceId) != CatalogKey.Of(check.ServiceId))
        {
            // Not lost: it is of another service from now on, and sessions that depend on it live on.
            RemoveCheck(nodeKey, node, old);
            node = State.Nodes[nodeKey];
        }

        transaction.Touch(RowKey.Check(nodeKey, key));
        check = check with { CreateIndex = old?.CreateIndex ?? Index, ModifyIndex = Index };
        node = node with { Checks = node.Checks.SetItem(key, check) };
        TouchChecks();
        if (service is null)
        {
            node = node with { NodeChecks = node.NodeChecks.SetItem(key, check) };
            PutEntry(nodeKey, node);
            ForEachInstance(nodeKey, node, instance => instance with { NodeChecks = node.NodeChecks });
            if (CatalogState.IsNamedApart(check, null))
            {
                State = State with { NamedApart = State.NamedApart.Add(CatalogKey.OnNode(nodeKey, key)) };
                transaction.Touch(Topic.Service(check.ServiceName));
            }
        }
        else
        {
            PutEntry(nodeKey, node);
            var instance = FindInstance(nodeKey, service)!;
            PutInstance(nodeKey, instance with { Checks = instance.Checks.SetItem(key, check) });
        }

        if (check.Status == CheckStatus.Critical)
        {
            transaction.SessionWriter.OnCheckLost(nodeKey, key);
        }

        return true;
    }

    public void DeleteCheck(string nodeName, string checkId)
    {
        var nodeKey = CatalogKey.Of(nodeName);
        var key = CatalogKey.Of(checkId);
        if (!State.Nodes.TryGetValue(nodeKey, out var node) || !node.Checks.TryGetValue(key, out var check))
        {
            return;
        }

        transaction.Touch(RowKey.Check(nodeKey, key));
        TellApart(nodeKey, key, check);
        TouchChecks();
        RemoveCheck(nodeKey, node, check);
        transaction.SessionWriter.OnCheckLost(nodeKey, key);
    }

    /// <summary>Removes a service and its checks.</summary>
    public void DeleteService(string nodeName, string serviceId)
    {
        var nodeKey = CatalogKey.Of(nodeName);
        var key = CatalogKey.Of(serviceId);
        if (!State.Nodes.TryGetValue(nodeKey, out var node) || !node.Services.TryGetValue(key, out var service))
        {
            return;
        }

        var checks = FindInstance(nodeKey, service)!.Checks;
        if (checks.Count > 0)
        {
            TouchChecks();
        }

        transaction.Touch(RowKey.Service(nodeKey, key));
        PutEntry(nodeKey, node with { Services = node.Services.Remove(key), Checks = node.Checks.RemoveRange(checks.Keys) });
        State = State with { ServicesIndex = Index };
        transaction.Touch(Topic.Services);
        RemoveInstance(nodeKey, service);
        foreach (var (check, lost) in checks)
        {
            transaction.Touch(RowKey.Check(nodeKey, check));
            TellApart(nodeKey, check, lost);
            transaction.SessionWriter.OnCheckLost(nodeKey, check);
        }
    }

    /// <summary>Removes a node with its services and checks.</summary>
    public void DeleteNode(string nodeName)
    {
        var nodeKey = CatalogKey.Of(nodeName);
        if (!State.Nodes.TryGetValue(nodeKey, out var node))
        {
            return;
        }

        foreach (var (_, service) in node.Services)
        {
            DeleteService(nodeName, service.Id);
        }

        if (node.NodeChecks.Count > 0)
        {
            TouchChecks();
        }

        State = State with { Nodes = State.Nodes.Remove(nodeKey), NodeIds = WithoutId(State.NodeIds, nodeKey, node), NodesIndex = Index };
        transaction.Touch(Topic.Nodes);
        TouchNode(nodeKey);
        transaction.Touch(new RowKey(StoreTable.Node, nodeKey));
        foreach (var (check, lost) in node.NodeChecks)
        {
            transaction.Touch(RowKey.Check(nodeKey, check));
            TellApart(nodeKey, check, lost);
        }

        if (transaction.Records.Coordinates.Find(nodeKey) is not null)
        {
            transaction.Records = transaction.Records with { Coordinates = transaction.Records.Coordinates.Remove(nodeKey, Index) };
            transaction.Touch(Topic.Coordinates);
            transaction.Touch(new RowKey(StoreTable.Coordinate, nodeKey));
        }

        transaction.SessionWriter.OnNodeLost(nodeKey);
    }

    /// <summary>Something else that was called in place of a service by those of the service mesh no longer is.</summary>
    public void LoseConnected(string service)
    {
        var name = CatalogKey.Of(service);
        State = State.Connected.GetValueOrDefault(name) is { } entry
            ? State with { Connected = State.Connected.SetItem(name, entry with { Index = Index }) }
            : State with { ExtinctionIndex = Index };
        transaction.Touch(IndexRows.Service(name, connected: true));
        transaction.Touch(new Topic(TopicKind.Service, name));
        transaction.Touch(Topic.Extinction);
    }

    /// <summary>The key of an instance among those of its service.</summary>
    public static string InstanceKey(string nodeKey, NodeService service) => CatalogKey.OnNode(nodeKey, CatalogKey.Of(service.Id));

    private static ImmutableSortedDictionary<string, string> WithId(ImmutableSortedDictionary<string, string> ids, string nodeKey, CatalogNode node) =>
        node.Id.Length == 0 ? ids : ids.SetItem(CatalogKey.Of(node.Id), nodeKey);

    private static ImmutableSortedDictionary<string, string> WithoutId(ImmutableSortedDictionary<string, string> ids, string nodeKey, NodeEntry? node) =>
        node is not null && CatalogKey.Of(node.Node.Id) is var id && ids.GetValueOrDefault(id) == nodeKey ? ids.Remove(id) : ids;

    private ServiceInstance? FindInstance(string nodeKey, NodeService service) =>
        State.Services.GetValueOrDefault(CatalogKey.Of(service.Service))?.Instances.GetValueOrDefault(InstanceKey(nodeKey, service));

    private void PutInstance(string nodeKey, ServiceInstance instance)
    {
        var name = CatalogKey.Of(instance.Service.Service);
        var entry = State.Services.GetValueOrDefault(name)
            ?? new ServiceEntry(instance.Service.Service, Index, Sorted.Empty<ServiceInstance>());
        entry = entry with { Index = Index, Instances = entry.Instances.SetItem(InstanceKey(nodeKey, instance.Service), instance) };
        State = State with { Services = State.Services.SetItem(name, entry) };
        transaction.Touch(new Topic(TopicKind.Service, name));
        transaction.GatewayWriter.TouchLinked(name);
        if (CatalogState.ConnectedNameOf(instance.Service) is { } connected)
        {
            PutConnected(nodeKey, connected, instance);
        }
    }

    private void PutConnected(string nodeKey, string connected, ServiceInstance instance)
    {
        var name = CatalogKey.Of(connected);
        var entry = State.Connected.GetValueOrDefault(name) ?? new ServiceEntry(connected, Index, Sorted.Empty<ServiceInstance>());
        entry = entry with { Index = Index, Instances = entry.Instances.SetItem(InstanceKey(nodeKey, instance.Service), instance) };
        State = State with { Connected = State.Connected.SetItem(name, entry) };
        transaction.Touch(new Topic(TopicKind.Service, name));
    }

    private void RemoveConnected(string nodeKey, NodeService service)
    {
        if (CatalogState.ConnectedNameOf(service) is not { } connected || State.Connected.GetValueOrDefault(CatalogKey.Of(connected)) is not { } entry)
        {
            return;
        }

        var name = CatalogKey.Of(connected);
        var left = entry.Instances.Remove(InstanceKey(nodeKey, service));
        State = left.IsEmpty
            ? State with { Connected = State.Connected.Remove(name), ExtinctionIndex = Index }
            : State with { Connected = State.Connected.SetItem(name, entry with { Index = Index, Instances = left }) };
        transaction.Touch(IndexRows.Service(name, connected: true));
        transaction.Touch(new Topic(TopicKind.Service, name));
        if (left.IsEmpty)
        {
            transaction.Touch(Topic.Extinction);
        }
    }

    private void RemoveInstance(string nodeKey, NodeService service)
    {
        RemoveConnected(nodeKey, service);
        var name = CatalogKey.Of(service.Service);
        var entry = State.Services[name];
        var left = entry.Instances.Remove(InstanceKey(nodeKey, service));
        if (left.IsEmpty)
        {
            State = State with { Services = State.Services.Remove(name), ExtinctionIndex = Index };
            transaction.Touch(Topic.Extinction);
        }
        else
        {
            State = State with { Services = State.Services.SetItem(name, entry with { Index = Index, Instances = left }) };
        }

        transaction.Touch(IndexRows.Service(name));
        transaction.Touch(new Topic(TopicKind.Service, name));
        transaction.GatewayWriter.TouchLinked(name);
        transaction.GatewayWriter.Refresh(name);
    }

    // A check goes from its node, or from the service that it is of.
    private void RemoveCheck(string nodeKey, NodeEntry node, HealthCheck check)
    {
        var key = CatalogKey.Of(check.CheckId);
        node = node with { Checks = node.Checks.Remove(key), NodeChecks = node.NodeChecks.Remove(key) };
        PutEntry(nodeKey, node);
        if (check.ServiceId.Length == 0)
        {
            ForEachInstance(nodeKey, node, instance => instance with { NodeChecks = node.NodeChecks });
            foreach (var of in node.Services.Values)
            {
                KeepIndex(of);
            }
        }
        else if (node.Services.TryGetValue(CatalogKey.Of(check.ServiceId), out var service) && FindInstance(nodeKey, service) is { } instance)
        {
            PutInstance(nodeKey, instance with { Checks = instance.Checks.Remove(key) });
            KeepIndex(service);
        }
    }

    // What a service lost left no row that has its index.
    private void KeepIndex(NodeService service)
    {
        transaction.Touch(IndexRows.Service(CatalogKey.Of(service.Service)));
        if (CatalogState.ConnectedNameOf(service) is { } connected)
        {
            transaction.Touch(IndexRows.Service(CatalogKey.Of(connected), connected: true));
        }
    }

    // The service got another name: its checks bear the one of before until they are written again, as in Consul.
    private void NameApart(string nodeKey, NodeService service, ImmutableSortedDictionary<string, HealthCheck> checks)
    {
        foreach (var (key, check) in checks)
        {
            var name = CatalogKey.OnNode(nodeKey, key);
            State = State with { NamedApart = CatalogState.IsNamedApart(check, service) ? State.NamedApart.Add(name) : State.NamedApart.Remove(name) };
        }
    }

    // A check is written or gone: who waits for the checks of the name that it bore hears of it here, if that is not its service's.
    private void TellApart(string nodeKey, string key, HealthCheck check)
    {
        if (!State.NamedApart.IsEmpty && CatalogKey.OnNode(nodeKey, key) is var name && State.NamedApart.Contains(name))
        {
            State = State with { NamedApart = State.NamedApart.Remove(name) };
            transaction.Touch(Topic.Service(check.ServiceName));
        }
    }

    private void ForEachInstance(string nodeKey, NodeEntry node, Func<ServiceInstance, ServiceInstance> change)
    {
        foreach (var (_, service) in node.Services)
        {
            PutInstance(nodeKey, change(FindInstance(nodeKey, service)!));
        }
    }

    private void PutEntry(string nodeKey, NodeEntry node)
    {
        State = State with { Nodes = State.Nodes.SetItem(nodeKey, node) };
        TouchNode(nodeKey);
    }

    private void TouchNode(string nodeKey)
    {
        transaction.Touch(new Topic(TopicKind.Node, nodeKey));
        transaction.Touch(Topic.Catalog);
    }

    private void TouchChecks()
    {
        State = State with { ChecksIndex = Index };
        transaction.Touch(Topic.Checks);
    }
}
