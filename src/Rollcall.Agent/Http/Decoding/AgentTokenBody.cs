using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>agent/token/…</c>.</summary>
internal sealed class AgentTokenBody
{
    public static readonly GoStruct<AgentTokenBody> Type = new GoStruct<AgentTokenBody>("AgentToken", "api.AgentToken")
        .Add((d, v, t) => t.Token = d.Text(v), "Token");

    public string Token { get; private set; } = "";
}
