using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>catalog/register</c>.</summary>
internal sealed class CatalogRegisterBody
{
    public static readonly GoStruct<CatalogRegisterBody> Type = new GoStruct<CatalogRegisterBody>(
            "RegisterRequest", "structs.RegisterRequest")
        .Add((d, v, t) => t.Datacenter = d.Text(v), "Datacenter")
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, t) => t.Node = d.Text(v), "Node")
        .Add((d, v, t) => t.Address = d.Text(v), "Address")
        .Add((d, v, t) => t.TaggedAddresses = d.TextMap(v), "TaggedAddresses")
        .Add((d, v, t) => t.NodeMeta = d.TextMap(v), "NodeMeta")
        .Add((d, v, t) => (t.Service, t.MeshFault) = (CatalogServiceBody.Read(d, v, CommonFields.Structs, out var fault), fault), "Service")
        .Add((d, v, t) => t.Check = CatalogCheckBody.Read(d, v), "Check")
        .Add((d, v, t) => t.Checks = d.List(v, "structs.HealthChecks", item => CatalogCheckBody.Read(d, item)) ?? [], "Checks")
        .Add((d, v, t) => t.SkipNodeUpdate = d.Bool(v), "SkipNodeUpdate")
        .Add((d, v, _) => d.Text(v), "Token")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex")
        .WithoutNamespaces();

    public string Datacenter { get; private set; } = "";

    public string Id { get; private set; } = "";

    public string Node { get; private set; } = "";

    public string Address { get; private set; } = "";

    public IReadOnlyDictionary<string, string>? TaggedAddresses { get; private set; }

    public IReadOnlyDictionary<string, string>? NodeMeta { get; private set; }

    public NodeService? Service { get; private set; }

    /// <summary>What is wrong with the service as a part of a service mesh; null: nothing.</summary>
    public string? MeshFault { get; private set; }

    public HealthCheck? Check { get; private set; }

    public IReadOnlyList<HealthCheck?> Checks { get; private set; } = [];

    public bool SkipNodeUpdate { get; private set; }
}
