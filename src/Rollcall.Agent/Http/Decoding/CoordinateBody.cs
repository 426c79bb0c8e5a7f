using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>coordinate/update</c>.</summary>
internal sealed class CoordinateBody
{
    private static readonly GoStruct<CoordinateBody> s_coordinate = new GoStruct<CoordinateBody>("Coordinate", "coordinate.Coordinate")
        .Add((d, v, t) => t._vec = d.List(v, "[]float64", d.Float) ?? [], "Vec")
        .Add((d, v, t) => t._error = d.Float(v), "Error")
        .Add((d, v, t) => t._adjustment = d.Float(v), "Adjustment")
        .Add((d, v, t) => t._height = d.Float(v), "Height");

    public static readonly GoStruct<CoordinateBody> Type = new GoStruct<CoordinateBody>("CoordinateUpdateRequest", "structs.CoordinateUpdateRequest")
        .Add((d, v, t) => d.Text(v), "Datacenter")
        .Add((d, v, t) => t.Node = d.Text(v), "Node")
        .Add((d, v, t) => t.Segment = d.Text(v), "Segment")
        .Add((d, v, t) => d.Struct(v, s_coordinate, t), "Coord")
        .Add((d, v, t) => d.Text(v), "Token");

    private List<double> _vec = [];
    private double _error;
    private double _adjustment;
    private double _height;

    public string Node { get; private set; } = "";

    public string Segment { get; private set; } = "";

    public NetworkCoordinate Coordinate => new(_vec, _error, _adjustment, _height);
}
