using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>connect/ca/configuration</c>: its form is looked at, and nothing is done with it.</summary>
internal sealed class AuthorityBody
{
    public static readonly GoStruct<AuthorityBody> Type = new GoStruct<AuthorityBody>(
            "", "struct { ForceWithoutCrossSigningSnake bool \"json:\\\"force_without_cross_signing\\\"\"; *structs.Alias }")
        .Add((d, v, _) => d.Text(v), "Provider")
        .Add((d, v, _) => d.Map(v, "map[string]interface {}", static item => item), "Config")
        .Add((d, v, _) => d.TextMap(v), "State")
        .Add((d, v, _) => d.Bool(v), "ForceWithoutCrossSigning", "force_without_cross_signing")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");
}
