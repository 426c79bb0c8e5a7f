using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of a change to the keyring.</summary>
internal sealed class KeyringBody
{
    public static readonly GoStruct<KeyringBody> Type = new GoStruct<KeyringBody>("keyringArgs", "agent.keyringArgs")
        .Add((d, v, t) => t.Key = d.Text(v), "Key")
        .Add((d, v, t) => d.Text(v), "Token")
        .Add((d, v, t) => d.Int(v, "uint8"), "RelayFactor")
        .Add((d, v, t) => d.Bool(v), "LocalOnly");

    public string Key { get; private set; } = "";
}
