using System.Text.Json;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Acl.Login;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/auth-method…</c>.</summary>
internal sealed class AclAuthMethodEndpoints(AgentCore core, TimeProvider time)
{
    private const string ByName = "name";

    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/auth-methods", ("GET", AclRequests.GuardNamespaced(request => _acl.ListAsync(request, AclKinds.AuthMethods, static _ => true, static (json, _, method) => AclJson.Listed(json, method)))));
        routes.Add("/v1/acl/auth-method", ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, ""))));
        routes.Add(
            "/v1/acl/auth-method/",
            ("GET", AclRequests.GuardNamespaced(request => _acl.ShowAsync(
                request, AclKinds.AuthMethods, ByName, static (state, name) => state.FindAuthMethod(name), Write, static (request, _) => AclRequests.AbsentAsync(request)))),
            ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, request.Tail))),
            ("DELETE", AclRequests.GuardNamespaced(DeleteAsync)));
    }

    private async ValueTask PutAsync(AgentRequest request, string name)
    {
        var body = new AclAuthMethodBody();
        if (!await AclRequests.DecodeAsync(request, "AuthMethod", AclAuthMethodBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        if (name.Length > 0 && body.Name.Length > 0 && body.Name != name)
        {
            await AclRequests.BadAsync(request, "AuthMethod Name in URL and payload do not match").ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);

        body.Name = body.Name.Length > 0 ? body.Name : name;
        var known = core.Store.Root.Acl.FindAuthMethod(body.Name);
        var method = new AclAuthMethod
        {
            Name = body.Name,
            Type = body.MethodType.Length > 0 ? body.MethodType : known?.Type ?? "",
            DisplayName = body.DisplayName,
            Description = body.Description,
            MaxTokenTtl = TimeSpan.FromTicks(body.MaxTokenTtl / TimeSpan.NanosecondsPerTick),
            TokenLocality = body.TokenLocality,
            Config = ConfigReader.TextOf(ConfigDecoder.Any(body.Config)),
        };
        var fault = await FaultAsync(method, known, body.MaxTokenTtl, request.Aborted).ConfigureAwait(false);
        await _acl.SaveAsync(request, new PutAclAuthMethod(method), fault, Write).ConfigureAwait(false);
    }

    private async Task<string?> FaultAsync(AclAuthMethod method, AclAuthMethod? known, long nanoseconds, CancellationToken cancellation)
    {
        const string Invalid = "Invalid Auth Method: ";
        if (AclNames.Fault(method.Name) is { } name)
        {
            return $"{Invalid}{name}";
        }

        if (known is not null && known.Type != method.Type)
        {
            return PutAclAuthMethod.ImmutableType;
        }

        var ttl = nanoseconds == 0 ? null
            : method.MaxTokenTtl < AclTokenEndpoints.MinTtl ? $"cannot be less than {GoDuration.Format(AclTokenEndpoints.MinTtl)}"
            : method.MaxTokenTtl > AclTokenEndpoints.MaxTtl ? $"cannot be more than {GoDuration.Format(AclTokenEndpoints.MaxTtl)}"
            : null;
        if (ttl is not null)
        {
            return $"MaxTokenTTL {GoDuration.FormatNanoseconds(nanoseconds)} {ttl}";
        }

        if (method.TokenLocality is not ("" or "local" or "global"))
        {
            return $"{Invalid}TokenLocality should be one of 'local' or 'global'";
        }

        if (!LoginMethods.Knows(method.Type))
        {
            return $"{Invalid}{LoginMethods.UnknownType}";
        }

        using var type = LoginMethods.Create(method, time, out var settings);
        if (type is null)
        {
            return $"{Invalid}{settings}";
        }

        try
        {
            await type.CheckAsync(cancellation).ConfigureAwait(false);
            return null;
        }
        catch (LoginException failure)
        {
            return $"{Invalid}{failure.Message}";
        }
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        if (await AclRequests.IsUnnamedAsync(request, AclKinds.AuthMethods, ByName).ConfigureAwait(false))
        {
            return;
        }

        AclRequests.DemandWrite(request);
        await core.Store.ApplyAsync(new DeleteAclAuthMethod(request.Tail)).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, AclState state, AclAuthMethod method) => AclJson.AuthMethod(json, method);
}
