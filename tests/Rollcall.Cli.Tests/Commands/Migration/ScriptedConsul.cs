using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>A Consul of any version, as far as a migration asks it. What the test does not say is an empty list, and writes succeed.</summary>
internal sealed class ScriptedConsul : IAsyncDisposable
{
    private readonly LoopbackPeer _peer;

    private ScriptedConsul(LoopbackPeer peer) => _peer = peer;

    public Uri Address => _peer.Address;

    /// <summary>What was written: method, path and query, and body.</summary>
    public IEnumerable<string> Writes => _peer.Requests.Where(static request => request.Method != "GET").Select(static request => $"{request.Method} {request.Target} {request.Body}");

    public IEnumerable<string> Reads => _peer.Requests.Where(static request => request.Method == "GET").Select(static request => request.Target);

    /// <summary>The header <c>Authorization</c> of each request; null: none.</summary>
    public IEnumerable<string?> Authorizations => _peer.Requests.Select(static request => request.Headers.GetValueOrDefault("Authorization"));

    /// <param name="answers">Status and body, by the beginning of method and path below <c>/v1/</c>: <c>GET config/mesh</c>.</param>
    public static async Task<ScriptedConsul> StartAsync(params (string Request, int Status, string Body)[] answers) =>
        new(await LoopbackPeer.StartAsync(async context =>
        {
            var request = $"{context.Request.Method} {context.Request.Path.Value!["/v1/".Length..]}";
            var (_, status, body) = answers
                .Where(answer => request.StartsWith(answer.Request, StringComparison.Ordinal))
                .DefaultIfEmpty((Request: "", Status: 200, Body: context.Request.Method == "GET" ? "[]" : "true"))
                .First();
            context.Response.StatusCode = status;
            context.Response.Headers["X-Consul-Index"] = "1";
            await context.Response.WriteAsync(body);
        }));

    public ValueTask DisposeAsync() => _peer.DisposeAsync();
}
