using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A check in <c>catalog/register</c> and in a transaction.</summary>
internal sealed class CatalogCheckBody
{
    private static readonly GoStruct<CatalogCheckBody> s_type = Of(CommonFields.Structs).WithoutNamespaces();
    private static readonly GoStruct<CatalogCheckBody> s_apiType = Of(CommonFields.Api).Add((d, v, _) => d.Text(v), "Namespace");

    private string _definedType = "";
    private HealthCheck _check = new();

    /// <param name="decoder">What goes through the body.</param>
    /// <param name="value">The check.</param>
    /// <param name="package">Where Consul has its type.</param>
    public static HealthCheck? Read(GoDecoder decoder, GoValue value, string package = CommonFields.Structs)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var body = new CatalogCheckBody();
        decoder.Struct(value, package == CommonFields.Api ? s_apiType : s_type, body);
        var check = body._check;

        // An id is made of the name, as Consul makes it; a state that is not given is critical. A check of a transaction has no type.
        return check with
        {
            CheckId = check.CheckId.Length == 0 ? check.Name : check.CheckId,
            Status = check.Status.Length == 0 ? CheckStatus.Critical : check.Status,
            Type = package == CommonFields.Api ? "" : check.Type.Length > 0 ? check.Type : body._definedType,
        };
    }

    private static GoStruct<CatalogCheckBody> Of(string package) => new GoStruct<CatalogCheckBody>("HealthCheck", $"{package}.HealthCheck")
        .Add((d, v, t) => t._check = t._check with { Node = d.Text(v) }, "Node")
        .Add((d, v, t) => t._check = t._check with { CheckId = d.Text(v) }, "CheckID")
        .Add((d, v, t) => t._check = t._check with { Name = d.Text(v) }, "Name")
        .Add((d, v, t) => t._check = t._check with { Status = d.Text(v) }, "Status")
        .Add((d, v, t) => t._check = t._check with { Notes = d.Text(v) }, "Notes")
        .Add((d, v, t) => t._check = t._check with { Output = d.Text(v) }, "Output")
        .Add((d, v, t) => t._check = t._check with { ServiceId = d.Text(v) }, "ServiceID")
        .Add((d, v, t) => t._check = t._check with { Type = d.Text(v) }, "Type")
        .Add((d, v, t) => t._check = t._check with { Definition = CatalogCheckDefinitionBody.Read(d, v, out t._definedType) }, "Definition")
        .Add((d, v, t) => t._check = t._check with { ModifyIndex = d.Unsigned(v) }, "ModifyIndex")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, t) => t._check = t._check with { ServiceName = d.Text(v) }, "ServiceName")
        .Add((d, v, t) => t._check = t._check with { ServiceTags = d.Texts(v) }, "ServiceTags");
}
