using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>The changes a command makes to what gateways lead to.</summary>
internal sealed class GatewayWriter(StoreTransaction transaction)
{
    private GatewayState State
    {
        get => transaction.Catalog.Gateways;
        set => transaction.Catalog = transaction.Catalog with { Gateways = value };
    }

    private ulong Index => transaction.Index;

    /// <summary>A config entry was written. One that leads to what it led to before leaves all as it is, and what else it was given makes all links new, as in Consul.</summary>
    public void PutEntry(ConfigEntry? old, ConfigEntry entry)
    {
        if (GatewayLinks.IsGateway(entry.Kind) && (old is null || !GatewayLinks.Same(old, entry)))
        {
            Replace(entry.Name, [.. GatewayLinks.Of(entry, transaction.Catalog.Services, Index)]);
        }
    }

    /// <summary>A config entry was taken away.</summary>
    public void DeleteEntry(string kind, string name)
    {
        if (GatewayLinks.IsGateway(kind))
        {
            Replace(name, []);
        }
    }

    /// <summary>A service came, changed or went: wildcards are for those that are there.</summary>
    public void Refresh(string service)
    {
        if (State.IsEmpty || CatalogKey.Of(service) == GatewayLink.Wildcard)
        {
            return;
        }

        var name = GatewayLinks.MeantByWildcards(transaction.Catalog.FindService(service));
        foreach (var wildcard in State.OfService(GatewayLink.Wildcard).ToList())
        {
            var known = State.Find(wildcard.Gateway, service, wildcard.Port);
            if (name is null && known is { FromWildcard: true })
            {
                Remove(known);
            }
            else if (name is not null && (known is null || (known.FromWildcard && known.Service != name)))
            {
                Put(wildcard with { Service = name, FromWildcard = true, CreateIndex = known?.CreateIndex ?? Index, ModifyIndex = Index });
            }
        }
    }

    /// <summary>An instance of a service changed: who asks for what it leads to, if it is a gateway, is shown that.</summary>
    public void TouchLinked(string service)
    {
        if (State.IsEmpty)
        {
            return;
        }

        // Those of an ingress gateway, which may be many, are waited for together.
        foreach (var link in State.OfGateway(service))
        {
            TouchConnected(link);
        }

        transaction.Touch(Topic.Gateways);
    }

    private void Replace(string gateway, List<GatewayLink> links)
    {
        var kept = links.Select(static link => link.KeyOfGateway).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in State.OfGateway(gateway).Where(link => !kept.Contains(link.KeyOfGateway)).ToList())
        {
            Remove(gone);
        }

        foreach (var link in links)
        {
            Put(link);
        }

        State = State with { Index = Index };
        transaction.Touch(Topic.Gateways);
    }

    private void Put(GatewayLink link)
    {
        State = State.Put(link) with { Index = Index };
        Touch(link);
    }

    private void Remove(GatewayLink link)
    {
        State = State.Remove(link) with { Index = Index };
        Touch(link);
        if (link.Kind == ServiceKind.TerminatingGateway)
        {
            transaction.CatalogWriter.LoseConnected(link.Service);
        }
        else
        {
            State = State with { RemovedIngressIndex = Index };
        }
    }

    private void Touch(GatewayLink link)
    {
        transaction.Touch(Topic.Gateways);
        TouchConnected(link);
    }

    private void TouchConnected(GatewayLink link)
    {
        if (link.Kind == ServiceKind.TerminatingGateway)
        {
            transaction.Touch(Topic.Service(link.Service));
        }
    }
}
