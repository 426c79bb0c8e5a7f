using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Overload;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>One request on its way through an endpoint, and the ways in which endpoints answer.</summary>
internal sealed class AgentRequest(HttpContext context, RequestTarget target, string tail)
{
    // Consul answers text with this type, and JSON without a charset.
    private const string PlainText = "text/plain; charset=utf-8";
    private const string FilterName = "filter";
    private static readonly StringValues s_json = "application/json";
    private static readonly StringValues s_true = "true";
    private static readonly StringValues s_zero = "0";
    private static readonly StringValues s_gzip = "gzip";
    private static readonly StringValues s_acceptEncoding = "Accept-Encoding";

    // What was demanded where there are access rules, for after a wait. Null: nothing yet.
    private List<(AclResource Resource, string Name, AclAccess Need, string? Told)>? _demands;
    private bool _takesTurn;
    private bool _hasTurn;

    public HttpContext Context { get; } = context;

    /// <summary>What it asks for.</summary>
    public RequestTarget Target => target;

    public Query Query { get; } = target.Query;

    /// <summary>The path, without the query.</summary>
    public string Path => target.Path;

    /// <summary>What follows the route in the path: a name, an id, a key.</summary>
    public string Tail { get; } = tail;

    /// <summary>Says who may do what.</summary>
    public AclGate Acl { get; init; } = AclGate.Open;

    /// <summary>Counts what is held for clients; null where nothing is that could be much.</summary>
    public AgentLoad? Load { get; init; }

    /// <summary>Whether somebody stands between here and the server, who may keep a body after it was given away, and whose thread may build another one meanwhile.</summary>
    public bool HasMiddleware { get; init; }

    /// <summary>What the client holds; null: it can't be told apart.</summary>
    public ClientUse? Client => Context.Features.Get<ClientUse>();

    /// <summary>The secret that the request brings; empty for none. Never to be logged.</summary>
    public string Secret
    {
        get
        {
            const string Bearer = "Bearer ";
            if (Query["token"] is { Length: > 0 } parameter)
            {
                return parameter;
            }

            var headers = Context.Request.Headers;
            if (headers[ConsulHeaders.Token].ToString() is { Length: > 0 } header)
            {
                return header;
            }

            var authorization = headers.Authorization.ToString();
            return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
        }
    }

    /// <summary>What the request may do now: after a wait that may be something else than before.</summary>
    /// <exception cref="AclDeniedException">Its token does not exist.</exception>
    public Authorizer Access => Acl.IsEnabled ? Acl.Resolve(Secret, atAgent: Path.StartsWith("/v1/agent/", StringComparison.Ordinal)) : Authorizer.All;

    /// <summary>Whether its token is one, or it needs none.</summary>
    public bool HasToken => !Acl.IsEnabled || Acl.FindToken(Secret) is not null;

    /// <summary>How long it takes is up to the client.</summary>
    public bool HasFilter => Query[FilterName].Length > 0;

    public CancellationToken Aborted => Context.RequestAborted;

    private bool Pretty => Query.Has("pretty");

    /// <summary>
    /// Goes on where nobody else waits: on the pool, if this is a thread that receives. For what may compute for long, in the same method: who awaits that one may
    /// go on here.
    /// </summary>
    public static ConfiguredTaskAwaitable LeaveThreadAsync() => Task.CompletedTask.ConfigureAwait(
        OperatingSystem.IsLinux() && SocketLoop.Current() is not null ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.None);

    /// <summary>What the request's filter lets through: everything without one. It ends when the client is gone. Null with the error.</summary>
    /// <param name="fields">What it may name.</param>
    /// <param name="error">What to tell the client, if the result is null.</param>
    /// <param name="isLate">Whether Consul looks here for what it names only when it is asked: an error in that is bare.</param>
    public Func<T, bool>? Filter<T>(FilterFields<T> fields, out string error, bool isLate = false)
    {
        if (!HasFilter)
        {
            error = "";
            return static _ => true;
        }

        var matches = FilterCompiler.TryCompile(Query[FilterName], fields, out error, out var patterns, isLate);
        _takesTurn = patterns > FilterCompiler.MaxOrdinaryPatterns;
        return matches is null ? null : UntilGone(matches, Aborted);
    }

    private static Func<T, bool> UntilGone<T>(Func<T, bool> matches, CancellationToken aborted) => item =>
    {
        aborted.ThrowIfCancellationRequested();
        return matches(item);
    };

    /// <summary>
    /// Before the first row is asked, and after all other waits: a filter that may take long waits until few others are computed. Its turn ends with the first byte of the
    /// answer. What the request demanded before is demanded again.
    /// </summary>
    /// <exception cref="AgentOverloadedException">Too many of the client wait or are computed.</exception>
    /// <exception cref="AclDeniedException">What was allowed before it waited no longer is.</exception>
    public ValueTask BeginFilterAsync() => _takesTurn && Load is not null ? TakeTurnAsync(Load) : default;

    private async ValueTask TakeTurnAsync(AgentLoad load)
    {
        await load.BeginFilterAsync(Client, Aborted).ConfigureAwait(false);
        _hasTurn = true;
        DemandAgain();
    }

    /// <summary>All rows have been asked, or will not be. Does nothing if that is known already.</summary>
    public void EndFilter()
    {
        if (_hasTurn)
        {
            _hasTurn = false;
            Load!.EndFilter(Client);
        }
    }

    /// <summary>The answer's headers that say which state it shows.</summary>
    public void SetIndex(ulong index)
    {
        Context.Response.Headers[ConsulHeaders.Index] = Math.Max(index, 1).ToString(CultureInfo.InvariantCulture);
        SetLeader();
    }

    /// <summary>Takes them away again.</summary>
    public void ClearIndex()
    {
        var headers = Context.Response.Headers;
        headers.Remove(ConsulHeaders.Index);
        headers.Remove(ConsulHeaders.KnownLeader);
        headers.Remove(ConsulHeaders.LastContact);
        headers.Remove(ConsulHeaders.EffectiveConsistency);
    }

    /// <summary>Ends the request if it may not do something.</summary>
    /// <param name="resource">What that is about.</param>
    /// <param name="name">Of which one.</param>
    /// <param name="need">What it is.</param>
    /// <param name="told">The name that the answer tells with what is missing, as it does where the agent itself decides; null: it tells neither.</param>
    /// <exception cref="AclDeniedException">It may not.</exception>
    public void Demand(AclResource resource, string name, AclAccess need, string? told = null)
    {
        if (Acl.IsEnabled)
        {
            Judge(resource, name, need, told);
            (_demands ??= []).Add((resource, name, need, told));
        }
    }

    /// <summary>Ends the request if it may not do any more what was demanded before it waited.</summary>
    /// <exception cref="AclDeniedException">It may not.</exception>
    public void DemandAgain()
    {
        foreach (var (resource, name, need, told) in _demands ?? [])
        {
            Judge(resource, name, need, told);
        }
    }

    private void Judge(AclResource resource, string name, AclAccess need, string? told)
    {
        if (!Access.Allows(resource, name, need))
        {
            throw new AclDeniedException(
                told is null ? AclDeniedException.Denied : $"{AclDeniedException.Denied}: Missing {resource.ToString().ToLowerInvariant()}:{need.ToString().ToLowerInvariant()} on {told}");
        }
    }

    /// <summary>Headers of an answer that nobody may adopt an index from.</summary>
    public void SetNoIndex()
    {
        SetIndex(1);
        Context.Response.Headers[ConsulHeaders.KnownLeader] = "false";
    }

    /// <summary>The part of them that says nothing of an index.</summary>
    public void SetLeader()
    {
        Context.Response.Headers[ConsulHeaders.KnownLeader] = s_true;
        Context.Response.Headers[ConsulHeaders.LastContact] = s_zero;
    }

    /// <summary>The same for health and catalog, which say more.</summary>
    public void SetIndex(ulong index, in QueryOptions options)
    {
        SetIndex(index);
        Context.Response.Headers[ConsulHeaders.EffectiveConsistency] = options.Mode switch
        {
            ReadMode.Stale => "stale",
            ReadMode.Consistent => "consistent",
            _ => "leader",
        };
    }

    /// <summary>What a client that asked for a cached answer is told of the cache.</summary>
    /// <param name="hit">Somebody asked for the same before. That answer is never old: state in memory is a cache that is always fresh.</param>
    public void SetCached(bool hit)
    {
        Context.Response.Headers[ConsulHeaders.Cache] = hit ? "HIT" : "MISS";
        if (hit)
        {
            Context.Response.Headers.Age = s_zero;
        }
    }

    /// <summary>An answer without a body.</summary>
    public ValueTask EmptyAsync(int status = StatusCodes.Status200OK)
    {
        Context.Response.StatusCode = status;
        Context.Response.ContentLength = 0;
        Context.Response.Headers.Vary = s_acceptEncoding;
        return ValueTask.CompletedTask;
    }

    /// <summary>An answer in plain text: all of Consul's errors.</summary>
    public ValueTask TextAsync(int status, string text, string contentType = PlainText)
    {
        Context.Response.StatusCode = status;
        return WriteAsync(Encoding.UTF8.GetBytes(text), contentType);
    }

    /// <summary>An error of health and catalog: it carries an index of 1 and no leader, which nobody may adopt.</summary>
    public ValueTask CatalogErrorAsync(string text)
    {
        SetNoIndex();
        return TextAsync(StatusCodes.Status500InternalServerError, text);
    }

    public ValueTask JsonAsync<T>(T state, Action<Utf8JsonWriter, T> write, int status = StatusCodes.Status200OK)
    {
        Context.Response.StatusCode = status;
        var body = JsonBody.Build(Pretty, state, write);
        return WriteAsync(HasMiddleware ? body.ToArray() : body, s_json);
    }

    public ValueTask JsonAsync(bool value) => JsonAsync(value, static (json, value) => json.WriteBooleanValue(value));

    /// <summary>JSON that many requests share: built once unless this one wants it pretty.</summary>
    public ValueTask JsonAsync<T>(SharedBody shared, T state, Action<Utf8JsonWriter, T> write)
    {
        if (Pretty)
        {
            return JsonAsync(state, write);
        }

        return WriteAsync(shared.Get(state, write), s_json);
    }

    public ValueTask BytesAsync(ReadOnlyMemory<byte> bytes, string contentType) => WriteAsync(bytes, contentType);

    /// <summary>Bytes that are compressed already.</summary>
    public ValueTask PackedAsync(ReadOnlyMemory<byte> bytes, string contentType) => SendAsync(bytes, contentType);

    /// <summary>Reads the body up to a limit. Null if it is longer.</summary>
    /// <exception cref="AgentOverloadedException">Too much is held for clients already.</exception>
    public async ValueTask<byte[]?> ReadBodyAsync(int limit)
    {
        if (Context.Request.ContentLength > limit)
        {
            Load?.CountClient(RefusalReason.Body);
            return null;
        }

        var reader = Context.Request.BodyReader;
        var held = 0L;
        var waited = false;
        try
        {
            while (true)
            {
                var reading = reader.ReadAsync(Aborted);
                waited |= !reading.IsCompleted;
                var read = await reading.ConfigureAwait(false);
                if (read.Buffer.Length > limit)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    Load?.CountClient(RefusalReason.Body);
                    return null;
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);

                    // Nobody measures what is done with the body from here on.
                    if (waited)
                    {
                        await LeaveThreadAsync();
                    }

                    return body;
                }

                // While a slow client takes its time, this much is held for it.
                var more = read.Buffer.Length - held;
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (more > AgentLoad.UncountedBytes && Load is not null)
                {
                    Load.Hold(Client, more);
                    held += more;
                }
            }
        }
        finally
        {
            if (held > 0)
            {
                Load!.Release(Client, held);
            }
        }
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> body, StringValues contentType)
    {
        // However long the client takes to read it, others go on.
        EndFilter();
        if (GzipBody.TryCompress(Context.Request.Headers.AcceptEncoding, body) is { } compressed)
        {
            Context.Response.Headers.ContentEncoding = s_gzip;
            body = compressed;
        }

        return SendAsync(body, contentType);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> body, StringValues contentType)
    {
        var response = Context.Response;
        response.Headers.ContentType = contentType;
        response.Headers.Vary = s_acceptEncoding;
        response.ContentLength = body.Length;
        if (body.Length > AgentLoad.UncountedBytes && Load is not null)
        {
            return SendLargeAsync(body, Load);
        }

        // Kestrel copies the bytes before it returns, together with the headers, so the buffer of the thread is free again after the call. Where something else may
        // stand in its place they are a copy already.
        // While a slow client takes its time, only that copy is held.
        var sending = response.BodyWriter.WriteAsync(body, CancellationToken.None);
        return sending.IsCompletedSuccessfully ? default : FlushAsync(sending);
    }

    /// <summary>The same, and counts what is held.</summary>
    /// <exception cref="AgentOverloadedException">Too much is held already.</exception>
    private async ValueTask SendLargeAsync(ReadOnlyMemory<byte> body, AgentLoad load)
    {
        var client = Client;
        load.Hold(client, body.Length);
        try
        {
            await Context.Response.BodyWriter.WriteAsync(body, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            load.Release(client, body.Length);
        }
    }

    private static async ValueTask FlushAsync(ValueTask<FlushResult> sending) => await sending.ConfigureAwait(false);
}
