using System.Globalization;
using Rollcall.Conformance.Tests.Differential;

namespace Rollcall.Conformance.Tests.Connect;

/// <summary>Makes sequences of config entries that lead to each other, and of reads of what they make. The same seed gives the same sequence.</summary>
internal sealed class ChainRequestGenerator(int seed)
{
    private static readonly string[] s_services = ["a", "b", "c"];

    // CA5394 is about secrets: these sequences have to be the same at every run.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);

    public List<Step> Sequence(int length) => [new("PUT", "/v1/config", Defaults("http")), .. Enumerable.Range(0, length).Select(_ => Next()), .. Reads()];

    private Step Next() => _random.Next(10) switch
    {
        0 => new("PUT", "/v1/config", $$"""{"Kind":"proxy-defaults","Name":"global","Config":{ {{Pick("", "\"protocol\":\"http\"", "\"protocol\":\"grpc\"")}} },"MeshGateway":{"Mode":"{{Gateway()}}"} }"""),
        1 => new("PUT", "/v1/config", Defaults(Pick("", "http", "http", "grpc", "tcp"))),
        2 => new("PUT", "/v1/config", $$"""{"Kind":"service-router","Name":"{{Service()}}","Routes":[{{string.Join(',', Enumerable.Range(0, _random.Next(3)).Select(_ => Route()))}}]}"""),
        3 or 4 => new("PUT", "/v1/config", $$"""{"Kind":"service-splitter","Name":"{{Service()}}","Splits":[{{Splits()}}]}"""),
        5 or 6 => new("PUT", "/v1/config", Resolver()),
        7 => new("PUT", "/v1/config", $$"""{"Kind":"ingress-gateway","Name":"{{Pick("gate", Service())}}","Listeners":[{"Port":1,"Protocol":"{{Pick("tcp", "http")}}","Services":[{"Name":"{{Service()}}"}]}]}"""),
        8 => new("DELETE", $"/v1/config/{Pick("service-defaults", "service-router", "service-splitter", "service-resolver", "ingress-gateway")}/{Service()}"),
        _ => Read(Service()),
    };

    // Each service once more, and then nothing is left for the next sequence: what leads elsewhere goes first.
    private IEnumerable<Step> Reads() => s_services.Select(Read).Append(new Step("GET", "/v1/config/"))
        .Concat(from kind in new[] { "ingress-gateway", "service-router", "service-splitter", "service-resolver", "service-defaults" }
                from _ in s_services
                from service in s_services.Append("gate")
                select new Step("DELETE", $"/v1/config/{kind}/{service}"))
        .Append(new Step("DELETE", "/v1/config/proxy-defaults/global"));

    private Step Read(string service)
    {
        var path = $"/v1/discovery-chain/{service}{Pick("", "", "?compile-dc=dc2")}";
        var timeout = Pick("", "", $",\"OverrideConnectTimeout\":\"{Pick("1s", "5s")}\"");
        return Pick(true, false) ? new("GET", path) : new("POST", path, $$"""{"OverrideProtocol":"{{Pick("", "", "tcp", "http", "grpc")}}","OverrideMeshGateway":{"Mode":"{{Gateway()}}"}{{timeout}} }""");
    }

    private string Defaults(string protocol) =>
        $$"""{"Kind":"service-defaults","Name":"{{Service()}}","Protocol":"{{protocol}}","MeshGateway":{"Mode":"{{Gateway()}}"}{{Pick("", "", "", ",\"ExternalSNI\":\"a.example\"")}} }""";

    private string Route() => $$"""{"Match":{"HTTP":{"PathPrefix":"/{{Service()}}"} }{{Pick("", $",\"Destination\":{{ {Destination()} }}")}} }""";

    private string Splits()
    {
        // No two to the same, and weights whose products have two decimals.
        var shares = Pick<int[]>([100], [25, 75], [50, 50], [50, 25, 25]);
        var offset = _random.Next(3);
        return string.Join(',', shares.Select((weight, i) => string.Create(
            CultureInfo.InvariantCulture, $$"""{"Weight":{{weight}},"Service":"{{s_services[(i + offset) % 3]}}"{{Pick("", "", ",\"ServiceSubset\":\"v1\"")}} }""")));
    }

    private string Resolver()
    {
        var name = Service();
        var subsets = Pick("", "", ",\"Subsets\":{\"v1\":{\"OnlyPassing\":true},\"v2\":{\"Filter\":\"Service.Port == 1\"} }", ",\"Subsets\":{\"v1\":{},\"v2\":{} },\"DefaultSubset\":\"v2\"");
        var further = Pick("", $",\"Redirect\":{{ {Destination()}{Pick("", ",\"Datacenter\":\"dc2\"")} }}", $",\"Failover\":{{\"*\":{{ {Destination()}{Pick("", ",\"Datacenters\":[\"dc1\",\"dc2\"]")} }} }}");
        return $$"""{"Kind":"service-resolver","Name":"{{name}}"{{subsets}}{{further}}{{Pick("", ",\"ConnectTimeout\":\"1s\"")}} }""";
    }

    private string Destination() => $"\"Service\":\"{Service()}\"{Pick("", "", ",\"ServiceSubset\":\"v1\"", ",\"Namespace\":\"x\"")}";

    private string Gateway() => Pick("", "", "none", "local", "remote");

    private string Service() => Pick(s_services);

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
#pragma warning restore CA5394
}
