using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>internal/acl/authorize</c>: what a token may do, without doing it.</summary>
internal sealed class AuthorizationEndpoints(AgentCore core)
{
    private const int MaxQuestions = 64;

    private static readonly Dictionary<string, AclResource> s_resources =
        Enum.GetValues<AclResource>().ToDictionary(static resource => resource.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    public void Map(RouteTable routes) => routes.Add("/v1/internal/acl/authorize", ("POST", AclRequests.Guard(AuthorizeAsync)));

    private async ValueTask AuthorizeAsync(AgentRequest request)
    {
        if (await RequestBody.TryReadAsync(request).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (AuthorizationBody.Decode(body, out var questions) is { } syntax)
        {
            await AclRequests.BadAsync(request, $"Failed to decode request body: {syntax}").ConfigureAwait(false);
            return;
        }

        if (questions.Count > MaxQuestions)
        {
            await AclRequests.BadAsync(request, $"Refusing to process more than {MaxQuestions} authorizations at once").ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await AclRequests.FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        // Who asks nothing need not be known.
        var access = questions.Count > 0 ? request.Access : null;
        var answers = new List<(AuthorizationBody Question, bool Allowed)>(questions.Count);
        foreach (var question in questions)
        {
            if (Judge(access!, question, out var fault) is not { } allowed)
            {
                await AclRequests.BadAsync(request, fault).ConfigureAwait(false);
                return;
            }

            answers.Add((question, allowed));
        }

        await request.JsonAsync(answers, static (json, answers) => Write(json, answers)).ConfigureAwait(false);
    }

    /// <summary>Null: it makes no sense, and why.</summary>
    private static bool? Judge(Authorizer access, AuthorizationBody question, out string fault)
    {
        fault = "";
        if (!s_resources.TryGetValue(question.Resource, out var resource))
        {
            fault = $"Invalid ACL resource requested: \"{question.Resource}\"";
            return null;
        }

        var name = resource is AclResource.Acl or AclResource.Keyring or AclResource.Operator ? "" : question.Segment;
        var level = question.Access.ToLowerInvariant();
        var need = level == "read" ? AclAccess.Read : AclAccess.Write;
        switch (level)
        {
            case "read" or "write" when resource == AclResource.Intention:
                return access.AllowsIntention(name, need);
            case "read" or "write":
                return access.Allows(resource, name, need);
            case "list" when resource == AclResource.Key:
                return access.Allows(resource, name, AclAccess.List);
            case "write-prefix" when resource == AclResource.Key:
                return access.AllowsAllBelow(resource, name, need);
            default:
                fault = $"Invalid access level for {question.Resource} resource: {question.Access}";
                return null;
        }
    }

    private static void Write(Utf8JsonWriter json, List<(AuthorizationBody Question, bool Allowed)> answers)
    {
        json.WriteStartArray();
        foreach (var (question, allowed) in answers)
        {
            json.WriteStartObject();
            json.WriteString("Resource"u8, question.Resource);
            if (question.Segment.Length > 0)
            {
                json.WriteString("Segment"u8, question.Segment);
            }

            json.WriteString("Access"u8, question.Access);
            json.WriteBoolean("Allow"u8, allowed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
