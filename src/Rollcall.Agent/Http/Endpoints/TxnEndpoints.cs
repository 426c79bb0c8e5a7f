using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Txn;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>txn</c>.</summary>
/// <param name="core">What endpoints work on.</param>
/// <param name="maxBytes">Of the largest body.</param>
/// <param name="maxValueBytes">Of the largest value of a key.</param>
internal sealed class TxnEndpoints(AgentCore core, int maxBytes, int maxValueBytes)
{
    private const int MaxOperations = 64;

    public void Map(RouteTable routes) => routes.Add("/v1/txn", ("PUT", RunAsync));

    private async ValueTask RunAsync(AgentRequest request)
    {
        if (await RequestBody.TryReadAsync(request, maxBytes, "txn_max_req_len").ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (TxnBody.Decode(body, core.Identity.Datacenter, out var operations) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Failed to parse body: {fault}").ConfigureAwait(false);
            return;
        }

        if (operations.Count > MaxOperations)
        {
            request.Load?.CountClient(RefusalReason.Body);
            await request.TextAsync(
                StatusCodes.Status413PayloadTooLarge, $"Transaction contains too many operations ({operations.Count} > {MaxOperations})").ConfigureAwait(false);
            return;
        }

        if (operations.OfType<KvOperation>().FirstOrDefault(operation => operation.Value?.Length > maxValueBytes) is { } large)
        {
            request.Load?.CountClient(RefusalReason.Body);
            await request.TextAsync(
                StatusCodes.Status413PayloadTooLarge, $"Value for key \"{large.Key}\" is too large ({large.Value!.Length} > {maxValueBytes} bytes)").ConfigureAwait(false);
            return;
        }

        var writes = operations.Exists(static operation => operation.Writes);
        if (!writes && QueryOptions.Parse(request, out _) is { } badQuery)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, badQuery).ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        if (operations.Exists(static operation => operation.MayBeLong))
        {
            await AgentRequest.LeaveThreadAsync();
        }

        var access = request.Access;
        var faults = TxnAcl.Vet(access, core.Store.Root, operations);
        ImmutableArray<TxnResult> results = [];
        if (faults.IsEmpty)
        {
            (results, faults) = await core.Store.ApplyAsync(new RunTransaction([.. operations])).ConfigureAwait(false);
            results = TxnAcl.Narrow(access, results);
        }

        if (!writes)
        {
            request.SetLeader();
        }

        await request.JsonAsync(
            (results, faults, writes),
            static (json, answer) => Write(json, answer.results, answer.faults, answer.writes),
            faults.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status409Conflict).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, ImmutableArray<TxnResult> results, ImmutableArray<TxnFault> faults, bool writes)
    {
        json.WriteStartObject();
        if (faults.IsEmpty)
        {
            json.WriteStartArray("Results"u8);
            foreach (var result in results)
            {
                Write(json, result);
            }

            json.WriteEndArray();
            json.WriteNull("Errors"u8);
        }
        else
        {
            json.WriteNull("Results"u8);
            json.WriteStartArray("Errors"u8);
            foreach (var (operation, what) in faults)
            {
                json.WriteStartObject();
                json.WriteNumber("OpIndex"u8, operation);
                json.WriteString("What"u8, what);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (!writes)
        {
            json.WriteNumber("Index"u8, 0);
            json.WriteNumber("LastContact"u8, 0);
            json.WriteBoolean("KnownLeader"u8, true);
            json.WriteString("ConsistencyLevel"u8, "");
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, in TxnResult result)
    {
        json.WriteStartObject();
        if (result.Kv is { } pair)
        {
            json.WritePropertyName("KV"u8);
            KvJson.Pair(json, pair);
        }
        else if (result.Node is { } node)
        {
            json.WritePropertyName("Node"u8);
            WireJson.Node(json, node);
        }
        else if (result.Service is { } service)
        {
            json.WritePropertyName("Service"u8);
            WireJson.Service(json, service, emptyIsNull: true);
        }
        else if (result.Check is { } check)
        {
            json.WritePropertyName("Check"u8);
            WireJson.Check(json, check, emptyIsNull: true);
        }

        json.WriteEndObject();
    }
}
