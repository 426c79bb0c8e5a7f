using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>The part of a Kubernetes API that says whose a token is, on loopback with TLS. One of its answers is as the test says.</summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    private LoopbackTls? _server;

    public string Host => _server!.Host;

    public string AuthorityPem => _server!.AuthorityPem;

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
        api._server = await LoopbackTls.StartAsync(api.AnswerAsync);
        return api;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

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
