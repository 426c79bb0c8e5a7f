using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Rollcall.Consul.Wire;
using Rollcall.Errors;

namespace Rollcall.Consul.Transport;

/// <summary>Sends requests and turns whatever happens into a value, a <see cref="ConsulException"/> or the caller's cancellation. Thread-safe.</summary>
internal sealed partial class ConsulTransport : IDisposable
{
    private const int MaxText = 4096;

    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    // Keys may hold what Uri would tidy away ("..", "%2F"): the agent has to see what the caller wrote.
    private static readonly UriCreationOptions s_verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly TimeProvider _time;

    public ConsulTransport(ConsulClientOptions options, AgentRing agents, TimeProvider time)
    {
        Options = options;
        Agents = agents;
        Turns = agents.IsOneConnectionPerQuery ? new QueryTurns(options.MaxOpenQueries) : null;
        _time = time;
    }

    // What a token's file has had since the agent refused the one before; null: it was not read again.
    private volatile string? _replaced;
    private int _replacements;

    public ConsulClientOptions Options { get; }

    public AgentRing Agents { get; }

    public TimeProvider Time => _time;

    /// <summary>How often the token was replaced by another from its file. It rises after requests have begun to carry that one.</summary>
    public int TokenReplacements => Volatile.Read(ref _replacements);

    /// <summary>How watches share the connections; null: they need not.</summary>
    public QueryTurns? Turns { get; }

    public static HttpContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type)) { Headers = { ContentType = s_json } };

    /// <param name="request">What to ask.</param>
    /// <param name="type">The form of the answer.</param>
    /// <param name="absent">Stands for an answer of <c>null</c>, and for 404 if <paramref name="absence"/> says so.</param>
    /// <param name="absence">What 404 means here.</param>
    /// <param name="cancellationToken">Aborts the HTTP request itself.</param>
    public Task<ConsulResponse<T>> ReadAsync<T>(
        ConsulRequest request, JsonTypeInfo<T> type, T absent, NotFoundMeaning absence, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            async (response, agent, token) =>
            {
                if (response.StatusCode == HttpStatusCode.NotFound)
                {
                    return Response(response, agent, absent);
                }

                var stream = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    return Response(response, agent, await JsonSerializer.DeserializeAsync(stream, type, token).ConfigureAwait(false) ?? absent);
                }
            },
            absence,
            cancellationToken);

    /// <summary>A read of something that is no JSON.</summary>
    public Task<ConsulResponse<ReadOnlyMemory<byte>>> ReadBytesAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        SendAsync<ConsulResponse<ReadOnlyMemory<byte>>>(
            request,
            static async (response, agent, token) => Response<ReadOnlyMemory<byte>>(response, agent, await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false)),
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>A write that answers nothing.</summary>
    public Task WriteAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, static (_, _, _) => Task.FromResult(true), NotFoundMeaning.Error, cancellationToken);

    /// <summary>A write that answers JSON, or nothing.</summary>
    public Task<JsonNode?> WriteJsonAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            static async (response, _, token) =>
            {
                var bytes = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
                return bytes.Length == 0 ? null : JsonNode.Parse(bytes);
            },
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>A write that answers <c>true</c> or <c>false</c>.</summary>
    public Task<bool> DecideAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            async (response, agent, token) =>
            {
                var text = await BeginningAsync(response, token).ConfigureAwait(false);
                return text.AsSpan().Trim() switch
                {
                    "true" => true,
                    "false" => false,
                    _ => throw ConsulFailure.Invalid(
                        request.Operation, agent.Name, response.StatusCode, text, "neither true nor false", SecretsOf(request), null),
                };
            },
            NotFoundMeaning.Error,
            cancellationToken);

    public void Dispose() => Agents.Dispose();

    private static ConsulResponse<T> Response<T>(HttpResponseMessage response, AgentConnection agent, T value) => new(value)
    {
        Agent = agent.Name,
        Index = ulong.TryParse(Header(response, ConsulHeaders.Index), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0,
        KnownLeader = Header(response, ConsulHeaders.KnownLeader) is not "false",
        LastContact = long.TryParse(Header(response, ConsulHeaders.LastContact), NumberStyles.None, CultureInfo.InvariantCulture, out var contact)
            ? TimeSpan.FromMilliseconds(Math.Min(contact, int.MaxValue))
            : null,
        CacheAge = Header(response, ConsulHeaders.Cache) is "HIT" ? response.Headers.Age ?? TimeSpan.Zero : null,
        ResultsFiltered = Header(response, ConsulHeaders.ResultsFiltered) is "true",
    };

    /// <summary>As much of a text as anybody looks at, whatever the peer says of its length and encoding.</summary>
    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxText];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return Encoding.UTF8.GetString(buffer, 0, read);
        }
    }

    /// <summary>Seconds or a date; null: neither, or a time that is over.</summary>
    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - _time.GetUtcNow() : null;
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>Sends to the agent that the request is for; without one, to each in turn until one answers.</summary>
    private async Task<T> SendAsync<T>(
        ConsulRequest request,
        Func<HttpResponseMessage, AgentConnection, CancellationToken, Task<T>> read,
        NotFoundMeaning absence,
        CancellationToken cancellationToken)
    {
        if (request.Agent is { } only)
        {
            return await SendAsync(request, only, read, absence, cancellationToken).ConfigureAwait(false);
        }

        if (request.IsOfTheAgentItself || Agents.Count == 1)
        {
            return await SendAsync(request, Agents.Home, read, absence, cancellationToken).ConfigureAwait(false);
        }

        var agent = Agents.Preferred;
        var failures = new List<ConsulException>();
        while (true)
        {
            try
            {
                return await SendAsync(request, agent, read, absence, cancellationToken).ConfigureAwait(false);
            }
            catch (ConsulException e) when (request.Method == HttpMethod.Get ? AgentRing.MayKnowBetter(e) : e.WasNeverSent)
            {
                failures.Add(e);
                agent = Agents.After(agent, e);
                if (failures.Count == Agents.Count)
                {
                    throw ConsulFailure.NoAgent(failures);
                }
            }
        }
    }

    private async Task<T> SendAsync<T>(
        ConsulRequest request,
        AgentConnection agent,
        Func<HttpResponseMessage, AgentConnection, CancellationToken, Task<T>> read,
        NotFoundMeaning absence,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var timeout = request.Wait > TimeSpan.Zero ? BlockingIndex.ClientTimeout(request.Wait, Options.Timeout) : Options.Timeout;
        using var timer = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        var secrets = SecretsOf(request);
        HttpStatusCode? status = null;
        var begun = _time.GetTimestamp();
        void Renew() => timer.CancelAfter(timeout);
        try
        {
            // Not disposed, because its content would be too, which another agent may get. Neither holds anything.
            var message = Message(request, agent, secrets);
            if (request.Content is ProgressContent sent)
            {
                sent.Progress = Renew;
            }

            using var response = await agent.SendAsync(message, linked.Token).ConfigureAwait(false);
            status = response.StatusCode;
            if (request.IsLarge)
            {
                Renew();
            }

            var body = await response.Content.ReadAsStreamAsync(linked.Token).ConfigureAwait(false);
            response.Content = new StreamContent(request.IsLarge ? new AnswerStream(body, Renew, long.MaxValue) : new AnswerStream(body, null, Options.MaxAnswerBytes));

            if (response.IsSuccessStatusCode || (status == HttpStatusCode.NotFound && IsAbsence(response, absence)))
            {
                return await read(response, agent, linked.Token).ConfigureAwait(false);
            }

            var beginning = await BeginningAsync(response, linked.Token).ConfigureAwait(false);
            if (status == HttpStatusCode.Forbidden && request.Token is null && TokenAdvice.IsUnknown(beginning.Trim()))
            {
                ReadTokenAgain();
            }

            throw ConsulFailure.Server(request.Operation, agent.Name, response, beginning, RetryAfter(response), secrets, request.IsConditional);
        }
        catch (Exception e) when (e is not ConsulException && cancellationToken.IsCancellationRequested)
        {
            // Who waits for less than the client's own limit, as heartbeats do, finds a silent agent first.
            if (status is null && request.Wait == TimeSpan.Zero && _time.GetElapsedTime(begun) >= s_long)
            {
                Probe(agent);
            }

            throw new OperationCanceledException($"{request.Operation} was cancelled.", e, cancellationToken);
        }
        catch (Exception e) when (e is not ConsulException && timer.IsCancellationRequested)
        {
            Probe(agent);
            throw ConsulFailure.TimedOut(request, agent.Name, timeout, e);
        }
        catch (AnswerTooLongException e)
        {
            throw ConsulFailure.TooLong(request.Operation, agent.Name, status, Options.MaxAnswerBytes, e);
        }
        catch (JsonException e)
        {
            throw ConsulFailure.Invalid(request.Operation, agent.Name, status, null, "not the JSON that was expected", secrets, e);
        }

        // A bare SocketException is .NET's when the connection is gone in the moment in which it is made: it looks at its other end before anything is sent.
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or SocketException)
        {
            throw ConsulFailure.Unreachable(request.Operation, agent, status, e);
        }
        finally
        {
            if (request.Content is ProgressContent given)
            {
                // An agent may answer before it has taken everything; the rest is sent, or not, without a timer.
                given.Progress = null;
            }
        }
    }

    /// <summary>Any web server answers 404: where Consul adds an index, an answer without one is not Consul's.</summary>
    private static bool IsAbsence(HttpResponseMessage response, NotFoundMeaning absence) => absence switch
    {
        NotFoundMeaning.Absent => true,
        NotFoundMeaning.AbsentWithIndex => response.Headers.Contains(ConsulHeaders.Index),
        _ => false,
    };

    private SentSecrets SecretsOf(ConsulRequest request) => request.Token is { } own
        ? new SentSecrets(own, "ConsulQuery.Token", Options.HttpAuth)
        : new SentSecrets((Options.TokenFile is null ? null : _replaced) ?? Options.Token, Options.TokenOrigin, Options.HttpAuth);

    /// <summary>Whoever replaces a token in its file writes there first, or soon after the old one is gone: what failed is tried again by its caller.</summary>
    private void ReadTokenAgain()
    {
        if (Options.TokenFile is { } file && ConsulEnvironment.ReadAgain(file) is { } token && Interlocked.Exchange(ref _replaced, token) is var before && token != (before ?? Options.Token))
        {
            Interlocked.Increment(ref _replacements);
        }
    }

    private HttpRequestMessage Message(ConsulRequest request, AgentConnection agent, in SentSecrets secrets)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(agent.Base + request.PathAndQuery, s_verbatim))
        {
            Content = request.Content,
            Version = agent.HttpVersion,
        };
        if (!string.IsNullOrEmpty(secrets.Token))
        {
            message.Headers.TryAddWithoutValidation(ConsulHeaders.Token, secrets.Token);
        }

        if (secrets.Basic is { } basic)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);
        }

        if (!string.IsNullOrEmpty(Options.Namespace))
        {
            message.Headers.TryAddWithoutValidation(ConsulHeaders.Namespace, Options.Namespace);
        }

        message.Headers.Host = agent.Host;
        return message;
    }
}
