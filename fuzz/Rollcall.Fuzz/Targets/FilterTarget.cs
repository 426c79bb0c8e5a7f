using System.Text;
using Rollcall.Agent.Filter;
using Rollcall.Consul.Wire;

namespace Rollcall.Fuzz.Targets;

/// <summary>Filters of the agent's API: parsed, compiled, and asked of a check and a service.</summary>
internal sealed class FilterTarget : IFuzzTarget
{
    private static readonly HealthCheck s_check = new() { Node = "n1", CheckId = "c1", Name = "check", Status = CheckStatus.Passing, ServiceTags = ["v1", "v2"] };

    private static readonly NodeService s_service = new()
    {
        Id = "web-1", Service = "web", Port = 80, Tags = ["v1"], Meta = new Dictionary<string, string> { ["version"] = "1.2" },
    };

    public string Name => "filter";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "Status", "Tags", "ServiceTags", "Meta", "Meta.version", "Meta[\"a b\"]", "Service.Port", "Port", "Weights.Passing", "EnableTagOverride", "==", "!=", " in ", " not in ",
        " contains ", " matches ", " not matches ", " is empty", " is not empty", " and ", " or ", "not ", "(", ")", "\"", "`", "\\", "80", "true", "passing", ".", "[", "]", " ",
        "(((((((((((((((((((((((((((((((((", "[a-z", "(a+)+$",
    ];

    public int Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var check = FilterCompiler.TryCompile(text, CatalogFields.Check, out var fault, out _);
        var service = FilterCompiler.TryCompile(text, CatalogFields.Service, out var other, out _);
        BrokenInvariantException.Unless((check is null) == (fault.Length > 0), "there is a predicate or a fault");
        BrokenInvariantException.Unless((service is null) == (other.Length > 0), "there is a predicate or a fault");
        return check is not null ? (check(s_check) ? 1 : 2)
            : service is not null ? (service(s_service) ? 3 : 4)
            : -1 - (fault.Length % 64);
    }
}
