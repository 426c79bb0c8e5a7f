using Rollcall.Agent.Acl;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http;

/// <summary>
/// All endpoints. A path that ends in a slash stands for everything below it. Filled at start, read by many threads after.
/// </summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, Route> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public RouteTable() => _lookup = _routes.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Adds an endpoint; methods in the order in which they are to be listed.</summary>
    public void Add(string path, params ReadOnlySpan<(string Method, Func<AgentRequest, ValueTask> Handler)> methods)
    {
        var handlers = new Dictionary<string, RouteMethod>(StringComparer.Ordinal);
        var allow = "OPTIONS";

        // Consul names its measurements by the parts of the path, and what is open at its end by a line.
        var metric = string.Join('.', path[1..].Split('/').Select(static part => part.Length == 0 ? "_" : part));
        foreach (var (method, handler) in methods)
        {
            handlers.Add(method, new RouteMethod(handler, $"consul.http.{method}.{metric}", AclTable.Of(method, path), PrecedenceTable.Of(method, path)));
            allow += $",{method}";
        }

        _routes.Add(path, new Route(allow, handlers));
    }

    /// <summary>All there are, as method and path.</summary>
    public IEnumerable<(string Method, string Path)> All => _routes.SelectMany(static route => route.Value.Handlers.Keys.Select(method => (method, route.Key)));

    /// <summary>Whether the path, with a slash added, stands for everything below it.</summary>
    public bool HasBelow(string path) => _routes.ContainsKey(path + "/");

    /// <summary>The endpoint for a path: the exact one, else the longest above it.</summary>
    /// <param name="path">The decoded path.</param>
    /// <param name="tail">What follows the endpoint's own path.</param>
    public Route? Find(string path, out string tail)
    {
        if (_routes.TryGetValue(path, out var route))
        {
            tail = "";
            return route;
        }

        var rest = path.AsSpan();
        for (var slash = rest.LastIndexOf('/'); slash >= 0; slash = rest[..slash].LastIndexOf('/'))
        {
            if (_lookup.TryGetValue(rest[..(slash + 1)], out route))
            {
                tail = path[(slash + 1)..];
                return route;
            }
        }

        tail = "";
        return null;
    }
}
