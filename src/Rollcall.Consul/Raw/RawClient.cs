using System.Text.Json.Nodes;
using Rollcall.Consul.Transport;

namespace Rollcall.Consul;

/// <summary>
/// Any endpoint, as JSON: for those that have no method of their own here, and for programs that must not lose fields which this library does not know. Thread-safe.
/// </summary>
public sealed class RawClient
{
    private readonly ConsulTransport _transport;

    internal RawClient(ConsulTransport transport) => _transport = transport;

    /// <summary>Reads an endpoint. A status of 404 is a <see cref="ConsulException"/>, because each endpoint means something else by it.</summary>
    /// <param name="path">The parts of the path below <c>/v1/</c>, such as <c>["config", "service-defaults", "web"]</c>; each stays one, whatever it holds.</param>
    /// <param name="query">How to read. Null: as the options say.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <returns>Null where Consul answers <c>null</c>.</returns>
    public Task<ConsulResponse<JsonNode?>> ReadAsync(
        IReadOnlyList<string> path, ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync<JsonNode?>(
            Request(HttpMethod.Get, path, null).WithQuery(query, _transport.Options),
            RawJsonContext.Default.JsonNode!,
            null,
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>Writes to an endpoint.</summary>
    /// <param name="method">What the endpoint wants: PUT for nearly all, POST, DELETE.</param>
    /// <param name="path">As in <see cref="ReadAsync"/>.</param>
    /// <param name="body">Null: none.</param>
    /// <param name="cas">For endpoints that have it: write only if the ModifyIndex there still is this; 0: only if there is nothing. Null: in any case.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <returns>What Consul answers: <c>false</c> where <paramref name="cas"/> did not hold, null where it answers nothing.</returns>
    public Task<JsonNode?> WriteAsync(
        HttpMethod method, IReadOnlyList<string> path, JsonNode? body = null, ulong? cas = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        var content = body is null ? null : ConsulTransport.Json(body, RawJsonContext.Default.JsonNode);
        var request = Request(method, path, content).WithQuery(null, _transport.Options);
        return _transport.WriteJsonAsync(cas is { } index ? request.With("cas", index) : request, cancellationToken);
    }

    private static ConsulRequest Request(HttpMethod method, IReadOnlyList<string> path, HttpContent? content)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfZero(path.Count, nameof(path));
        return new ConsulRequest(method, string.Join('/', path.Select(Uri.EscapeDataString))) { Content = content };
    }
}
