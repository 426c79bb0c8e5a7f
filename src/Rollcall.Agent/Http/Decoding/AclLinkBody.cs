using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A policy or role of a token, by id or name.</summary>
internal sealed class AclLinkBody
{
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public static GoStruct<AclLinkBody> Type(string goType) => new GoStruct<AclLinkBody>(goType.Split('.')[^1], goType)
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, t) => t.Name = d.Text(v), "Name");
}
