using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>kv/…</c>.</summary>
/// <param name="core">What endpoints work on.</param>
/// <param name="maxValueBytes">Of the largest value.</param>
internal sealed class KvEndpoints(AgentCore core, int maxValueBytes)
{
    public void Map(RouteTable routes) => routes.Add("/v1/kv/", ("GET", GetAsync), ("PUT", PutAsync), ("DELETE", DeleteAsync));

    private async ValueTask GetAsync(AgentRequest request)
    {
        var (key, query) = (request.Tail, request.Query);
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        var (keys, recurse) = (query.Has("keys"), query.Has("recurse"));
        if (key.Length == 0 && !keys && !recurse)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing key name").ConfigureAwait(false);
            return;
        }

        if (await RefuseOtherDatacenterAsync(request).ConfigureAwait(false))
        {
            return;
        }

        if (keys || recurse)
        {
            if (request.Acl.ListsKeysByPolicy)
            {
                request.Demand(AclResource.Key, key, AclAccess.List);
            }

            _ = request.Access;
            var root = await core.Blocking
                .WaitAsync(options, Topic.KeyPrefix(key), static (root, prefix) => root.Kv.PrefixIndex(prefix), key, request)
                .ConfigureAwait(false);
            request.SetIndex(root.Kv.PrefixIndex(key));
            await ListAsync(request, root, keys).ConfigureAwait(false);
        }
        else
        {
            request.Demand(AclResource.Key, key, AclAccess.Read);
            var root = await core.Blocking
                .WaitAsync(options, Topic.Key(key), options.MinIndex == 0 ? static (root, key) => root.Kv.KeyIndex(key) : IndexFor(options.MinIndex), key, request)
                .ConfigureAwait(false);
            request.SetIndex(root.Kv.KeyIndex(key));
            await OneAsync(request, root.Kv.Find(key)).ConfigureAwait(false);
        }
    }

    private static Func<StoreRoot, string, ulong> IndexFor(ulong seen) => (root, key) => root.Kv.KeyIndex(key, seen);

    private static ValueTask OneAsync(AgentRequest request, KvPair? pair)
    {
        if (pair is null)
        {
            return request.EmptyAsync(StatusCodes.Status404NotFound);
        }

        if (!request.Query.Has("raw"))
        {
            return request.JsonAsync(pair, static (json, pair) =>
            {
                json.WriteStartArray();
                KvJson.Pair(json, pair);
                json.WriteEndArray();
            });
        }

        // Anybody can put anything: a browser must not run it.
        request.Context.Response.Headers.ContentSecurityPolicy = "sandbox";
        request.Context.Response.Headers.XContentTypeOptions = "nosniff";
        return request.BytesAsync(pair.Value, "text/plain");
    }

    private static ValueTask ListAsync(AgentRequest request, StoreRoot root, bool keys) =>
        keys ? KeysAsync(request, root) : RecurseAsync(request, root);

    private static IEnumerable<KvPair> Readable(AgentRequest request, StoreRoot root)
    {
        var access = request.Access;
        var pairs = root.Kv.List(request.Tail);
        return access.IsUnrestricted ? pairs : pairs.Where(pair => access.Allows(AclResource.Key, pair.Key, AclAccess.Read));
    }

    private static ValueTask RecurseAsync(AgentRequest request, StoreRoot root)
    {
        var pairs = Readable(request, root).ToList();
        return pairs.Count == 0
            ? request.EmptyAsync(StatusCodes.Status404NotFound)
            : request.JsonAsync(pairs, static (json, pairs) =>
            {
                json.WriteStartArray();
                foreach (var pair in pairs)
                {
                    KvJson.Pair(json, pair);
                }

                json.WriteEndArray();
            });
    }

    private static ValueTask KeysAsync(AgentRequest request, StoreRoot root)
    {
        var (prefix, separator) = (request.Tail, request.Query["separator"]);
        var keys = new List<string>();
        foreach (var pair in Readable(request, root))
        {
            var cut = separator.Length == 0 ? -1 : pair.Key.IndexOf(separator, prefix.Length, StringComparison.Ordinal);
            var key = cut < 0 ? pair.Key : pair.Key[..(cut + separator.Length)];

            // Keys come in order, so all that are cut to the same text come together.
            if (keys.Count == 0 || keys[^1] != key)
            {
                keys.Add(key);
            }
        }

        // The root always exists, even when there is nothing below it.
        return keys.Count == 0 && prefix.Length > 0
            ? request.EmptyAsync(StatusCodes.Status404NotFound)
            : request.JsonAsync(keys, static (json, keys) => WireJson.Texts(json, keys));
    }

    private async ValueTask PutAsync(AgentRequest request)
    {
        var (key, query) = (request.Tail, request.Query);
        if (key.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing key name").ConfigureAwait(false);
            return;
        }

        if (Conflict(query, "acquire", "cas", "release") is { } conflict)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, conflict).ConfigureAwait(false);
            return;
        }

        if (!TryReadNumber(query, "flags", out var flags, out var fault) || !TryReadNumber(query, "cas", out var cas, out fault))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        var value = await RequestBody.TryReadAsync(request, maxValueBytes, "kv_max_value_size").ConfigureAwait(false);
        if (value is null || await RefuseOtherDatacenterAsync(request).ConfigureAwait(false))
        {
            return;
        }

        request.Demand(AclResource.Key, key, AclAccess.Write);
        var (done, refusal) = query.Has("acquire") ? await core.Store.ApplyAsync(new KvLock(key, value, flags ?? 0, query["acquire"])).ConfigureAwait(false)
            : query.Has("release") ? await core.Store.ApplyAsync(new KvUnlock(key, value, flags ?? 0, query["release"])).ConfigureAwait(false)
            : (await core.Store.ApplyAsync(new KvPut(key, value, flags ?? 0, cas)).ConfigureAwait(false), null);
        if (refusal is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, refusal).ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(done).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        var (key, query) = (request.Tail, request.Query);
        var recurse = query.Has("recurse");
        if (key.Length == 0 && !recurse)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing key name").ConfigureAwait(false);
            return;
        }

        if (Conflict(query, "cas", "recurse") is { } conflict)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, conflict).ConfigureAwait(false);
            return;
        }

        if (!TryReadNumber(query, "cas", out var cas, out var fault))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        if (await RefuseOtherDatacenterAsync(request).ConfigureAwait(false))
        {
            return;
        }

        var done = true;
        if (recurse)
        {
            AclDeniedException.Unless(request.Access.AllowsAllBelow(AclResource.Key, key, AclAccess.Write));

            // It may be all there is.
            await AgentRequest.LeaveThreadAsync();
            await core.Store.ApplyAsync(new KvDeleteTree(key)).ConfigureAwait(false);
        }
        else
        {
            request.Demand(AclResource.Key, key, AclAccess.Write);
            done = await core.Store.ApplyAsync(new KvDelete(key, cas)).ConfigureAwait(false);
        }

        await request.JsonAsync(done).ConfigureAwait(false);
    }

    private async ValueTask<bool> RefuseOtherDatacenterAsync(AgentRequest request)
    {
        if (!core.IsOtherDatacenter(request.Query["dc"]))
        {
            return false;
        }

        await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
        return true;
    }

    // Two of these together; Consul then lists all parameters, in order.
    private static string? Conflict(in Query query, params ReadOnlySpan<string> names)
    {
        var count = 0;
        foreach (var name in names)
        {
            count += query.Has(name) ? 1 : 0;
        }

        return count < 2
            ? null
            : "Conflicting flags: " + string.Join('&', query.Pairs
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Where(pair => pair.Key != "token")
                .Select(pair => $"{WebUtility.UrlEncode(pair.Key)}={WebUtility.UrlEncode(pair.Value)}"));
    }

    private static bool TryReadNumber(in Query query, string name, out ulong? number, out string fault)
    {
        (number, fault) = (null, "");
        if (!query.Has(name))
        {
            return true;
        }

        var text = query[name];
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            number = value;
            return true;
        }

        var digits = text.Length > 0 && text.All(char.IsAsciiDigit);
        fault = $"strconv.ParseUint: parsing \"{text}\": {(digits ? "value out of range" : "invalid syntax")}";
        return false;
    }
}
