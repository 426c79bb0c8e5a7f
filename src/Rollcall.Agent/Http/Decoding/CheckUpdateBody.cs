using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>agent/check/update/:id</c>.</summary>
internal sealed class CheckUpdateBody
{
    public static readonly GoStruct<CheckUpdateBody> Type = new GoStruct<CheckUpdateBody>("checkUpdate", "agent.checkUpdate")
        .Add((d, v, t) => t.Status = d.Text(v), "Status")
        .Add((d, v, t) => t.Output = d.Text(v), "Output");

    public string Status { get; private set; } = "";

    public string Output { get; private set; } = "";
}
