using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>catalog/deregister</c>.</summary>
internal sealed class CatalogDeregisterBody
{
    public static readonly GoStruct<CatalogDeregisterBody> Type =
        new GoStruct<CatalogDeregisterBody>("", "struct { Address string; *structs.Alias }")
            .Add((d, v, t) => t.Datacenter = d.Text(v), "Datacenter")
            .Add((d, v, t) => t.Node = d.Text(v), "Node")
            .Add((d, v, t) => t.ServiceId = d.Text(v), "ServiceID")
            .Add((d, v, t) => t.CheckId = d.Text(v), "CheckID")
            .Add((d, v, _) => d.Text(v), "Address")
            .Add((d, v, _) => d.Text(v), "Token")
            .WithoutNamespaces();

    public string Datacenter { get; private set; } = "";

    public string Node { get; private set; } = "";

    public string ServiceId { get; private set; } = "";

    public string CheckId { get; private set; } = "";
}
