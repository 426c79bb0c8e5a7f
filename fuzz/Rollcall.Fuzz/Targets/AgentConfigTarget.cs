using System.Text;
using Rollcall.Agent;

namespace Rollcall.Fuzz.Targets;

/// <summary>Configuration files of the agent, as JSON and as HCL.</summary>
internal sealed class AgentConfigTarget : IFuzzTarget
{
    public string Name => "agent-config";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{", "}", "[", "]", ":", "=", ",", "\"", "null", "true", "1", "-1", "1e9", "\"node_name\":", "\"ports\":{", "\"http\":", "\"services\":[{", "\"service\":{", "\"check\":{", "\"checks\":[",
        "\"name\":\"a\"", "\"ttl\":\"1s\"", "\"interval\":\"1s\"", "\"meta\":{", "\"tags\":[", "\"weights\":{", "\"tagged_addresses\":{", "\"node_meta\":{", "\"retry_join\":[",
        "service {", "check {", "name = \"a\"", "ttl = \"1s\"", "http = \"http://x\"", "id = \"i\"", "service_id = \"a\"", "status = \"passing\"", "args = [\"x\"]", "enable_script_checks = true",
    ];

    public int Run(byte[] input)
    {
        var configuration = new AgentConfiguration();
        try
        {
            configuration.AddText("x", Encoding.UTF8.GetString(input));
            var options = configuration.ToOptions();
            return 1 + options.Definitions.Services.Length + (options.Definitions.Checks.Length * 16) + (configuration.Warnings.Count * 256);
        }
        catch (ConsulAgentException fault)
        {
            BrokenInvariantException.Unless(fault.Message.Length > 0, "a fault is named");
            return -1 - (fault.Message.Length % 256);
        }
    }
}
