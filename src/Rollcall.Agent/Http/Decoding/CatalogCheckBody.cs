using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A check in <c>catalog/register</c> and in a transaction.</summary>
internal sealed class CatalogCheckBody
{
    private static readonly GoStruct<CatalogCheckBody> s_type = new GoStruct<CatalogCheckBody>("HealthCheck", "structs.HealthCheck")
        .Add((d, v, t) => t._check = t._check with { Node = d.Text(v) }, "Node")
        .Add((d, v, t) => t._check = t._check with { CheckId = d.Text(v) }, "CheckID")
        .Add((d, v, t) => t._check = t._check with { Name = d.Text(v) }, "Name")
        .Add((d, v, t) => t._check = t._check with { Status = d.Text(v) }, "Status")
        .Add((d, v, t) => t._check = t._check with { Notes = d.Text(v) }, "Notes")
        .Add((d, v, t) => t._check = t._check with { Output = d.Text(v) }, "Output")
        .Add((d, v, t) => t._check = t._check with { ServiceId = d.Text(v) }, "ServiceID")
        .Add((d, v, t) => t._check = t._check with { Type = d.Text(v) }, "Type")
        .Add((d, v, t) => t._check = t._check with { Definition = CatalogCheckDefinitionBody.Read(d, v) }, "Definition")
        .Add((d, v, t) => t._check = t._check with { ModifyIndex = d.Unsigned(v) }, "ModifyIndex")
        .Add((_, _, _) => { }, "ServiceName", "ServiceTags", "CreateIndex");

    private HealthCheck _check = new();

    public static HealthCheck? Read(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var body = new CatalogCheckBody();
        decoder.Struct(value, s_type, body);
        var check = body._check;
        var type = check.Type.Length > 0 ? check.Type
            : check.Definition?.Http is not null ? "http"
            : check.Definition?.Tcp is not null ? "tcp"
            : "";

        // An id is made of the name, as Consul makes it; a state that is not given is critical.
        return check with
        {
            CheckId = check.CheckId.Length == 0 ? check.Name : check.CheckId,
            Status = check.Status.Length == 0 ? CheckStatus.Critical : check.Status,
            Type = type,
        };
    }
}
