using System.Text;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>The API of before Consul 1.4, where a token has its rules in itself, and the translation of those rules.</summary>
internal sealed class LegacyAclEndpoints(AgentCore core)
{
    // Names that stand for nobody's token.
    private static readonly string[] s_roots = ["allow", "deny", "manage"];

    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/create", ("PUT", AclRequests.Guard(request => SetAsync(request, isUpdate: false))));
        routes.Add("/v1/acl/update", ("PUT", AclRequests.Guard(request => SetAsync(request, isUpdate: true))));
        routes.Add("/v1/acl/destroy/", ("PUT", AclRequests.Guard(DestroyAsync)));
        routes.Add("/v1/acl/info/", ("GET", AclRequests.Guard(InfoAsync)));
        routes.Add("/v1/acl/clone/", ("PUT", AclRequests.Guard(CloneAsync)));
        routes.Add("/v1/acl/list", ("GET", AclRequests.Guard(ListAsync)));
        routes.Add("/v1/acl/rules/translate", ("POST", AclRequests.Guard(TranslateAsync)));
        routes.Add("/v1/acl/rules/translate/", ("GET", AclRequests.Guard(TranslateTokenAsync)));
    }

    private async ValueTask SetAsync(AgentRequest request, bool isUpdate)
    {
        var body = new LegacyAclBody();
        if (await RequestBody.TryReadAsync(request).ConfigureAwait(false) is not { } bytes)
        {
            return;
        }

        var bad = bytes.Length > 0 && GoDecoder.Decode(bytes, LegacyAclBody.Type, body) is { } error ? $"Request decode failed: {error}"
            : isUpdate && body.Id.Length == 0 ? "ACL ID must be set"
            : null;
        if (bad is not null)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, bad).ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);
        if (s_roots.Contains(body.Id))
        {
            throw new AclDeniedException($"{AclDeniedException.Denied}: Cannot modify root ACL");
        }

        var type = body.TokenType.Length > 0 ? body.TokenType : AclToken.LegacyClient;
        var fault = type is not (AclToken.LegacyClient or AclToken.LegacyManagement) ? "Invalid ACL Type"
            : AclRulesReader.Read(body.Rules, out var rules, legacy: true) is null ? $"ACL rule compilation failed: {rules}"
            : null;
        await StoreAsync(request, Token(body.Id.Length > 0 ? body.Id : Guid.NewGuid().ToString("D"), body.Name, type, body.Rules), fault).ConfigureAwait(false);
    }

    private async ValueTask StoreAsync(AgentRequest request, AclToken token, string? fault)
    {
        fault ??= await core.Store.ApplyAsync(new PutLegacyAcl(token)).ConfigureAwait(false);
        ValueTask Answer() => fault is not null
            ? AclRequests.FailAsync(request, fault)
            : request.JsonAsync(token.SecretId, static (json, id) =>
            {
                json.WriteStartObject();
                json.WriteString("ID"u8, id);
                json.WriteEndObject();
            });
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask DestroyAsync(AgentRequest request)
    {
        if (await IsUnnamedAsync(request).ConfigureAwait(false))
        {
            return;
        }

        AclRequests.DemandWrite(request);
        if (request.Tail == AclToken.AnonymousSecret)
        {
            throw new AclDeniedException($"{AclDeniedException.Denied}: Cannot delete anonymous token");
        }

        await core.Store.ApplyAsync(new DeleteAcl<AclToken>(AclKinds.Tokens, request.Tail)).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    // Who knows the secret may see what it is good for.
    private async ValueTask InfoAsync(AgentRequest request)
    {
        if (!await IsUnnamedAsync(request).ConfigureAwait(false) && await _acl.ReadAsync(request, AclKinds.Tokens, need: null, anywhere: true).ConfigureAwait(false) is { } root)
        {
            request.SetIndex(root.Acl.Tokens.Index);
            AclToken[] found = Find(root, request.Tail) is { } token ? [token] : [];
            await AclRequests.ListAsync(request, found, AclJson.Legacy).ConfigureAwait(false);
        }
    }

    private async ValueTask CloneAsync(AgentRequest request)
    {
        if (await IsUnnamedAsync(request).ConfigureAwait(false))
        {
            return;
        }

        var root = core.Store.Root;
        request.SetIndex(root.Acl.Tokens.Index);
        if (Find(root, request.Tail) is not { } token)
        {
            await request.TextAsync(StatusCodes.Status403Forbidden, AclDeniedException.Denied).ConfigureAwait(false);
            return;
        }

        try
        {
            AclRequests.DemandWrite(request);
        }
        catch (AclDeniedException denied)
        {
            // With the index of what it found.
            await request.TextAsync(StatusCodes.Status403Forbidden, denied.Message).ConfigureAwait(false);
            return;
        }

        await StoreAsync(request, Token(Guid.NewGuid().ToString("D"), token.Description, token.LegacyType, token.Rules), null).ConfigureAwait(false);
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (await _acl.ReadAsync(request, AclKinds.Tokens, AclAccess.Write, anywhere: true).ConfigureAwait(false) is { } root)
        {
            request.SetIndex(root.Acl.Tokens.Index);
            await AclRequests.ListAsync(request, root.Acl.Tokens.Rows.Values.Where(static token => token.LegacyType.Length > 0), AclJson.Legacy).ConfigureAwait(false);
        }
    }

    private static async ValueTask TranslateAsync(AgentRequest request)
    {
        request.Demand(AclResource.Acl, "", AclAccess.Read);
        if (await RequestBody.TryReadAsync(request).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        var translated = LegacyRules.Translate(Encoding.UTF8.GetString(body), out var fault);
        ValueTask Answer() => translated is null ? AclRequests.BadAsync(request, fault)
            : translated.Length == 0 ? request.EmptyAsync()
            : request.TextAsync(StatusCodes.Status200OK, translated);
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask TranslateTokenAsync(AgentRequest request)
    {
        if (await AclRequests.IsUnnamedAsync(request, AclKinds.Tokens).ConfigureAwait(false))
        {
            return;
        }

        if (await _acl.ReadAsync(request, AclKinds.Tokens).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        if (AclNames.IdFault(AclKinds.Tokens.Name, request.Tail) is { } id)
        {
            await request.CatalogErrorAsync(id).ConfigureAwait(false);
            return;
        }

        request.SetIndex(root.Acl.Tokens.Index);
        ValueTask Answer() => root.Acl.FindToken(request.Tail) is not { } token ? AclRequests.NotFoundAsync(request)
            : token.Rules.Length == 0 ? AclRequests.FailAsync(request, "The specified token does not have any rules set")
            : LegacyRules.Translate(token.Rules, out var fault) is { } rules ? request.TextAsync(StatusCodes.Status200OK, rules)
            : AclRequests.FailAsync(request, fault);
        await Answer().ConfigureAwait(false);
    }

    private static async ValueTask<bool> IsUnnamedAsync(AgentRequest request)
    {
        if (request.Tail.Length > 0)
        {
            return false;
        }

        await request.TextAsync(StatusCodes.Status400BadRequest, "Missing ACL").ConfigureAwait(false);
        return true;
    }

    private static AclToken? Find(StoreRoot root, string secret) => root.Acl.Tokens.Find(secret) is { LegacyType.Length: > 0 } token ? token : null;

    // Such a token has no time of creation, as in Consul.
    private static AclToken Token(string secret, string name, string type, string rules) =>
        new() { AccessorId = Guid.NewGuid().ToString("D"), SecretId = secret, Description = name, LegacyType = type, Rules = rules };
}
