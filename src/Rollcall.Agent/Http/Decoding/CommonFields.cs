using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>Parts that several bodies have.</summary>
internal static class CommonFields
{
    /// <summary>The types of Consul's client library, which transactions are made of.</summary>
    public const string Api = "api";

    /// <summary>Its own types.</summary>
    public const string Structs = "structs";

    private static readonly GoStruct<Pair> s_weights = OfWeights("Weights", Structs);
    private static readonly GoStruct<Pair> s_apiWeights = OfWeights("AgentWeights", Api);
    private static readonly GoStruct<Pair> s_address = OfAddress(Structs);
    private static readonly GoStruct<Pair> s_apiAddress = OfAddress(Api);

    public static ServiceWeights? Weights(GoDecoder decoder, GoValue value, string package = Structs)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var pair = new Pair();
        decoder.Struct(value, package == Api ? s_apiWeights : s_weights, pair);
        return new ServiceWeights { Passing = pair.First, Warning = pair.Second };
    }

    public static Dictionary<string, ServiceAddress>? TaggedAddresses(GoDecoder decoder, GoValue value, string package = Structs) =>
        decoder.Map(value, $"map[string]{package}.ServiceAddress", item =>
        {
            var pair = new Pair();
            decoder.Struct(item, package == Api ? s_apiAddress : s_address, pair);
            return new ServiceAddress { Address = pair.Text, Port = pair.First };
        });

    private static GoStruct<Pair> OfWeights(string name, string package) => new GoStruct<Pair>(name, $"{package}.{name}")
        .Add((d, v, t) => t.First = d.Int(v), "Passing")
        .Add((d, v, t) => t.Second = d.Int(v), "Warning");

    private static GoStruct<Pair> OfAddress(string package) => new GoStruct<Pair>("ServiceAddress", $"{package}.ServiceAddress")
        .Add((d, v, t) => t.Text = d.Text(v), "Address")
        .Add((d, v, t) => t.First = d.Int(v), "Port");

    private sealed class Pair
    {
        public string Text { get; set; } = "";

        public int First { get; set; }

        public int Second { get; set; }
    }
}
