using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>Parts that several bodies have.</summary>
internal static class CommonFields
{
    private static readonly GoStruct<Pair> s_weights = new GoStruct<Pair>("Weights", "structs.Weights")
        .Add((d, v, t) => t.First = d.Int(v), "Passing")
        .Add((d, v, t) => t.Second = d.Int(v), "Warning");

    private static readonly GoStruct<Pair> s_address = new GoStruct<Pair>("ServiceAddress", "structs.ServiceAddress")
        .Add((d, v, t) => t.Text = d.Text(v), "Address")
        .Add((d, v, t) => t.First = d.Int(v), "Port");

    public static ServiceWeights? Weights(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var pair = new Pair();
        decoder.Struct(value, s_weights, pair);
        return new ServiceWeights { Passing = pair.First, Warning = pair.Second };
    }

    public static Dictionary<string, ServiceAddress>? TaggedAddresses(GoDecoder decoder, GoValue value) =>
        decoder.Map(value, "map[string]structs.ServiceAddress", item =>
        {
            var pair = new Pair();
            decoder.Struct(item, s_address, pair);
            return new ServiceAddress { Address = pair.Text, Port = pair.First };
        });

    private sealed class Pair
    {
        public string Text { get; set; } = "";

        public int First { get; set; }

        public int Second { get; set; }
    }
}
