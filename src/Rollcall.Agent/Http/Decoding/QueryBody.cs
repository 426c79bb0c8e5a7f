using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A prepared query as it is sent.</summary>
internal sealed class QueryBody
{
    private static readonly GoStruct<QueryBody> s_template = new GoStruct<QueryBody>("QueryTemplateOptions", "structs.QueryTemplateOptions")
        .Add((d, v, t) => t.Query = t.Query with { TemplateType = d.Text(v) }, "Type")
        .Add((d, v, t) => t.Query = t.Query with { TemplateRegexp = d.Text(v) }, "Regexp")
        .Add((d, v, t) => t.Query = t.Query with { RemoveEmptyTags = d.Bool(v) }, "RemoveEmptyTags");

    private static readonly GoStruct<QueryBody> s_failover = new GoStruct<QueryBody>("QueryDatacenterOptions", "structs.QueryDatacenterOptions")
        .Add((d, v, t) => t.Query = t.Query with { NearestN = d.Int(v) }, "NearestN")
        .Add((d, v, t) => t.Query = t.Query with { Datacenters = d.Texts(v) }, "Datacenters");

    private static readonly GoStruct<QueryBody> s_service = new GoStruct<QueryBody>("ServiceQuery", "structs.ServiceQuery")
        .Add((d, v, t) => t.Query = t.Query with { Service = d.Text(v) }, "Service")
        .Add((d, v, t) => d.Struct(v, s_failover, t), "Failover")
        .Add((d, v, t) => t.Query = t.Query with { OnlyPassing = d.Bool(v) }, "OnlyPassing")
        .Add((d, v, t) => t.Query = t.Query with { IgnoreCheckIds = d.List(v, "[]types.CheckID", d.Text) }, "IgnoreCheckIDs")
        .Add((d, v, t) => t.Query = t.Query with { Near = d.Text(v) }, "Near")
        .Add((d, v, t) => t.Query = t.Query with { Tags = d.Texts(v) }, "Tags")
        .Add((d, v, t) => t.Query = t.Query with { NodeMeta = d.TextMap(v) }, "NodeMeta")
        .Add((d, v, t) => t.Query = t.Query with { ServiceMeta = d.TextMap(v) }, "ServiceMeta")
        .Add((d, v, t) => t.Query = t.Query with { Connect = d.Bool(v) }, "Connect");

    private static readonly GoStruct<QueryBody> s_dns = new GoStruct<QueryBody>("QueryDNSOptions", "structs.QueryDNSOptions")
        .Add((d, v, t) => t.Query = t.Query with { DnsTtl = d.Text(v) }, "TTL");

    public static readonly GoStruct<QueryBody> Type = new GoStruct<QueryBody>("PreparedQuery", "structs.PreparedQuery")
        .Add((d, v, t) => t.Query = t.Query with { Id = d.Text(v) }, "ID")
        .Add((d, v, t) => t.Query = t.Query with { Name = d.Text(v) }, "Name")
        .Add((d, v, t) => t.Query = t.Query with { Session = d.Text(v) }, "Session")
        .Add((d, v, t) => t.Query = t.Query with { Token = d.Text(v) }, "Token")
        .Add((d, v, t) => d.Struct(v, s_template, t), "Template")
        .Add((d, v, t) => d.Struct(v, s_service, t), "Service")
        .Add((d, v, t) => d.Struct(v, s_dns, t), "DNS")
        .Add((d, v, t) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, t) => d.Unsigned(v), "ModifyIndex");

    public PreparedQuery Query { get; private set; } = new();
}
