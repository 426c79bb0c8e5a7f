using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go.Expressions;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>event/…</c>.</summary>
internal sealed class EventEndpoints(AgentCore core)
{
    // What a packet of Consul's gossip carries.
    private const int MaxBytes = 512;
    private const int MaxBody = 512 * 1024;
    private const int Version = 1;

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/event/fire/", ("PUT", FireAsync));
        routes.Add("/v1/event/list", ("GET", ListAsync));
    }

    private async ValueTask FireAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing name").ConfigureAwait(false);
            return;
        }

        if (await RequestBody.TryReadAsync(request, MaxBody, "").ConfigureAwait(false) is not { } body)
        {
            return;
        }

        var fired = new UserEvent
        {
            Id = Guid.NewGuid().ToString("D"),
            Name = request.Tail,
            Payload = body.Length == 0 ? null : body,
            NodeFilter = request.Query["node"],
            ServiceFilter = request.Query["service"],
            TagFilter = request.Query["tag"],
        };
        if ((fired.NodeFilter + fired.ServiceFilter + fired.TagFilter).Length > 0)
        {
            await AgentRequest.LeaveThreadAsync();
        }

        var root = core.Store.Root;
        var fault = Read(fired, out var filters)
            ?? (core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : null)
            ?? (request.HasToken ? null : AclDeniedException.NotFound);
        if (fault is null)
        {
            request.Demand(AclResource.Event, request.Tail, AclAccess.Write);
            fault = SizeFault(fired, root.Records.Events.LTime + 1);
        }

        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(new FireEvent(fired, Concerns(root, filters))).ConfigureAwait(false);
        await request.JsonAsync(fired, Write).ConfigureAwait(false);
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (QueryOptions.ParseWait(request.Query, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        // Who is nobody is told so before he waits.
        _ = request.Access;

        // Indexes of events do not grow: one waits until the newest that may be seen is another than the client has. Index 1 stands for "the same".
        var (name, known) = (request.Query["name"], options.MinIndex);
        var root = known == 0
            ? core.Store.Root
            : await core.Blocking.WaitAsync(
                options with { MinIndex = 1 },
                Topic.Events,
                (root, _) => Index(Select(request.Access, root, name)) == known ? 1UL : 2UL,
                name,
                request).ConfigureAwait(false);
        var events = Select(request.Access, root, name).ToList();
        request.Context.Response.Headers[ConsulHeaders.Index] = Index(events).ToString(CultureInfo.InvariantCulture);
        await request.JsonAsync(events, static (json, events) =>
        {
            json.WriteStartArray();
            foreach (var item in events)
            {
                Write(json, item);
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private static IEnumerable<UserEvent> Select(Authorizer access, StoreRoot root, string name) =>
        root.Records.Events.Received.Where(item => (name.Length == 0 || item.Name == name) && access.Allows(AclResource.Event, item.Name, AclAccess.Read));

    /// <summary>The id of the newest, as a number; 1 if there is none.</summary>
    private static ulong Index(IEnumerable<UserEvent> events) => events.LastOrDefault() is { } last ? Fold(last.Id) : 1;

    private static ulong Fold(string id)
    {
        var digits = id.Replace("-", "", StringComparison.Ordinal);
        return ulong.Parse(digits.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            ^ ulong.Parse(digits.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static string? Read(UserEvent fired, out (GoRegex? Node, GoRegex? Service, GoRegex? Tag) filters)
    {
        filters = default;
        if (fired is { TagFilter.Length: > 0, ServiceFilter.Length: 0 })
        {
            return "Cannot provide tag filter without service filter";
        }

        return Read("node", fired.NodeFilter, out filters.Node)
            ?? Read("service", fired.ServiceFilter, out filters.Service)
            ?? Read("tag", fired.TagFilter, out filters.Tag);
    }

    private static string? Read(string what, string pattern, out GoRegex? filter)
    {
        filter = null;
        return pattern.Length == 0 || GoRegex.TryParse(pattern, out filter, out var error) ? null : $"Invalid {what} filter: {error}";
    }

    private bool Concerns(StoreRoot root, (GoRegex? Node, GoRegex? Service, GoRegex? Tag) filters) =>
        filters.Node?.IsMatch(core.Identity.NodeName) != false
        && (filters.Service is not { } service || root.Local.Services.Values.Any(
            local => service.IsMatch(local.Service.Id) && (filters.Tag is not { } tag || local.Service.Tags?.Any(tag.IsMatch) == true)));

    /// <summary>Too large for Consul's gossip, which sends it in MessagePack within MessagePack.</summary>
    private static string? SizeFault(UserEvent fired, ulong time)
    {
        var message = 1 + Field("ID", 36) + Field("n", Bytes(fired.Name)) + Optional("p", fired.Payload?.Length ?? 0) + Optional("nf", Bytes(fired.NodeFilter))
            + Optional("sf", Bytes(fired.ServiceFilter)) + Optional("tf", Bytes(fired.TagFilter)) + Text("v".Length) + 1;
        var name = "consul:event:".Length + Bytes(fired.Name);
        var number = time switch { < 0x80 => 1, <= 0xFF => 2, <= 0xFFFF => 3, _ => 5 };
        var packet = 2 + Text("LTime".Length) + number + Field("Name", name) + Field("Payload", message) + Text("CC".Length) + 1;
        var fault = name + message > MaxBytes ? $"user event exceeds configured limit of {MaxBytes} bytes before encoding"
            : packet > MaxBytes ? $"encoded user event exceeds configured limit of {MaxBytes} bytes after encoding"
            : null;
        return fault is null ? null : $"1 error occurred:\n\t* error broadcasting event to segment \"\": {fault}\n\n";

        static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
        static int Text(int bytes) => bytes + (bytes < 32 ? 1 : bytes < 256 ? 2 : 3);
        static int Field(string key, int bytes) => Text(key.Length) + Text(bytes);
        static int Optional(string key, int bytes) => bytes == 0 ? 0 : Field(key, bytes);
    }

    // What was fired is told to the client before it has its time.
    private static void Write(Utf8JsonWriter json, UserEvent item)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, item.Id);
        json.WriteString("Name"u8, item.Name);
        WireJson.BytesOrNull(json, "Payload"u8, item.Payload);
        json.WriteString("NodeFilter"u8, item.NodeFilter);
        json.WriteString("ServiceFilter"u8, item.ServiceFilter);
        json.WriteString("TagFilter"u8, item.TagFilter);
        json.WriteNumber("Version"u8, Version);
        json.WriteNumber("LTime"u8, item.LTime);
        json.WriteEndObject();
    }
}
