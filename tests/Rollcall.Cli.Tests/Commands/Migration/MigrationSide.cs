using System.Text.Json.Nodes;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>An embedded agent or a real Consul, with or without access control, to take from or bring to.</summary>
internal sealed class MigrationSide : IAsyncDisposable
{
    /// <summary>May do everything where there is access control.</summary>
    public const string MasterToken = "b6e29626-3c23-11ef-9454-0242ac120002";

    private readonly IAsyncDisposable _agent;

    private MigrationSide(IAsyncDisposable agent, Uri address, bool acl)
    {
        _agent = agent;
        Address = address;
        var options = ConsulClientOptions.FromEnvironment(static _ => null);
        options.Address = address;
        options.Token = acl ? MasterToken : null;
        Client = new ConsulClient(options);
    }

    public Uri Address { get; }

    public ConsulClient Client { get; }

    public static async Task<MigrationSide> StartAsync(bool real = false, bool acl = false, string node = "n", bool allow = false, bool tells = true)
    {
        if (!real)
        {
            var options = new ConsulAgentOptions { HttpPort = 0, NodeName = node };
            if (!tells)
            {
                // As Consul before 1.7.
                options.Middleware = static next => context =>
                {
                    if (context.Request.Path != "/v1/internal/acl/authorize")
                    {
                        return next(context);
                    }

                    context.Response.StatusCode = 404;
                    return Task.CompletedTask;
                };
            }

            if (acl)
            {
                options.Acl = new AclOptions { Enabled = true, AllowByDefault = allow, MasterToken = MasterToken };
            }

            var agent = await ConsulAgent.StartAsync(options).WithinAsync();
            return new MigrationSide(agent, agent.HttpAddress, acl);
        }

        var settings = new RealConsulOptions { NodeName = node, Token = acl ? MasterToken : null };
        if (acl)
        {
            settings.ExtraArguments.Add("-hcl");
            settings.ExtraArguments.Add($$"""acl { enabled = true default_policy = "{{(allow ? "allow" : "deny")}}" tokens { master = "{{MasterToken}}" } }""");
        }

        var consul = await RealConsul.StartAsync(settings);
        return new MigrationSide(consul, consul.Address, acl);
    }

    public Task<JsonNode?> PutAsync(string body, params string[] path) => WriteAsync(HttpMethod.Put, body, path);

    public Task<JsonNode?> PostAsync(string body, params string[] path) => WriteAsync(HttpMethod.Post, body, path);

    /// <summary>What a list holds, without what each side makes of its own.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(params string[] path)
    {
        var list = (JsonArray)(await Client.Raw.ReadAsync(path).WithinAsync()).Value!;
        return [.. list.Select(static item => Bare(item!.AsObject())).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _agent.DisposeAsync();
    }

    private Task<JsonNode?> WriteAsync(HttpMethod method, string body, string[] path) =>
        Client.Raw.WriteAsync(method, path, JsonNode.Parse(body)).WithinAsync();

    private static string Bare(JsonObject item)
    {
        foreach (var name in new[] { "ID", "Hash", "CreateIndex", "ModifyIndex", "CreateTime", "CreatedAt", "UpdatedAt" })
        {
            item.Remove(name);
        }

        foreach (var link in new[] { "Policies", "Roles" }.SelectMany(field => item[field] as JsonArray ?? []))
        {
            link!.AsObject().Remove("ID");
        }

        return item.ToJsonString();
    }
}
