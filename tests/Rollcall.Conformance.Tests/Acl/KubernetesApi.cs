using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>The part of a Kubernetes API that says whose a token is, on loopback with TLS. One of its answers is as the test says.</summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly WebApplication _app;

    private KubernetesApi()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificates.Issue("127.0.0.1"))));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Host { get; private set; } = "";

    public string AuthorityPem => _certificates.AuthorityPem;

    /// <summary>What is answered to the question whose a token is.</summary>
    public string Review { get; set; } = "";

    /// <summary>With which status.</summary>
    public int ReviewStatus { get; set; } = 201;

    /// <summary>The metadata of every service account; null: there is none.</summary>
    public string? Metadata { get; set; } = "{}";

    /// <summary>What was asked last: the token in question, and whose token the question came with.</summary>
    public (string Token, string Asker) Asked { get; private set; }

    public static async Task<KubernetesApi> StartAsync()
    {
        var api = new KubernetesApi();
        await api._app.StartAsync().WithinAsync();
        api.Host = new Uri(api._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificates.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (status, body) = (404, """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"serviceaccounts \"sa\" not found","reason":"NotFound","code":404}""");
        if (context.Request.Path == "/apis/authentication.k8s.io/v1/tokenreviews")
        {
            var question = await JsonNode.ParseAsync(context.Request.Body);
            Asked = (question!["spec"]!["token"]!.GetValue<string>(), context.Request.Headers.Authorization.ToString());
            (status, body) = (ReviewStatus, Review);
        }
        else if (context.Request.Path == "/api/v1/namespaces/ns/serviceaccounts/sa" && Metadata is not null)
        {
            (status, body) = (200, $$"""{"kind":"ServiceAccount","apiVersion":"v1","metadata":{{Metadata}}}""");
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }
}
