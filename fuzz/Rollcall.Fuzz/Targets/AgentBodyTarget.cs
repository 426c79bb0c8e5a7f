using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;

namespace Rollcall.Fuzz.Targets;

/// <summary>Bodies of the agent's API, as registrations and sessions send them. The first byte says of which kind the rest is.</summary>
internal sealed class AgentBodyTarget : IFuzzTarget
{
    public string Name => "agent-body";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{", "}", "[", "]", ":", ",", "\"", "null", "true", "0", "-1", "1e400", "1.5", "18446744073709551616", "\\u0000", "\\ud800", "\"10s\"", "\"1h\"", "\"\"", "\"Name\":\"a\"", "\"ID\":",
        "\"Port\":", "\"Tags\":[", "\"Meta\":{", "\"Check\":{", "\"Checks\":[{", "\"TTL\":", "\"HTTP\":\"http://a\"", "\"Interval\":", "\"AliasService\":\"a\"", "\"Weights\":{\"Passing\":",
        "\"TaggedAddresses\":{\"lan\":{\"Address\":", "\"Proxy\":{", "\"Connect\":{", "\"Kind\":\"connect-proxy\"", "\"Node\":\"n\"", "\"Address\":\"a\"", "\"Service\":{", "\"LockDelay\":",
        "\"Behavior\":\"delete\"", "\"service_id\":", "\"Header\":{\"a\":[\"b\"]}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
    ];

    public int Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return 0;
        }

        var body = input.AsSpan(1);
        string? fault;
        switch (input[0] % 4)
        {
            case 0:
                var service = new ServiceDefinition();
                fault = GoDecoder.Decode(body, ServiceDefinition.Type, service);
                if (fault is null && ServiceRules.ToCommand(service, replaceChecks: false, scripts: true, out _, out var refused) is null)
                {
                    BrokenInvariantException.Unless(refused.Length > 0, "who is refused is told why");
                    return 10;
                }

                break;
            case 1:
                var check = new CheckType();
                fault = GoDecoder.Decode(body, CheckType.Alone, check);
                if (fault is null && CheckRules.FaultOf(check, scripts: true) is null)
                {
                    BrokenInvariantException.Unless(CheckRules.ToLocal(check).Check.CheckId.Length > 0, "a check has an id");
                    return 11 + (int)check.Kind;
                }

                break;
            case 2:
                fault = GoDecoder.Decode(body, CatalogRegisterBody.Type, new CatalogRegisterBody());
                break;
            default:
                fault = GoDecoder.Decode(body, SessionBody.Type, new SessionBody("n1"));
                break;
        }

        BrokenInvariantException.Unless(fault is not { Length: 0 }, "a fault is named");
        return fault is null ? 1 : -1 - (fault.Length % 64);
    }
}
