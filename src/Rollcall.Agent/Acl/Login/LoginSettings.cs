using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Acl.Login;

/// <summary>The settings of an auth method. What is not set is empty.</summary>
internal sealed class LoginSettings
{
    private readonly GoValue _values;

    private LoginSettings(GoValue values) => _values = values;

    /// <summary>Null, with all faults.</summary>
    public static LoginSettings? Read(GoValue config, IReadOnlyList<ConfigField> fields, out string fault)
    {
        var values = ConfigDecoder.DecodeSettings(config, fields, out fault);
        fault = values is null ? $"error decoding config: {fault}" : "";
        return values is null ? null : new LoginSettings(values);
    }

    public string Text(string name) => _values[name].Text;

    public IReadOnlyList<string> Texts(string name) => [.. _values[name].Items.Select(static item => item.Text)];

    public IReadOnlyList<KeyValuePair<string, string>> TextMap(string name) => [.. _values[name].Members.Select(static member => KeyValuePair.Create(member.Key, member.Value.Text))];

    /// <summary>A number of nanoseconds.</summary>
    public TimeSpan Duration(string name) =>
        long.TryParse(Text(name), System.Globalization.CultureInfo.InvariantCulture, out var nanoseconds) ? GoDuration.FromNanoseconds(nanoseconds) : TimeSpan.Zero;
}
