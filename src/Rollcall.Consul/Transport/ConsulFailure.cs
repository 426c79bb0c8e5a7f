using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rollcall.Errors;

namespace Rollcall.Consul.Transport;

/// <summary>Words for what went wrong; every message ends with what to do about it.</summary>
internal static class ConsulFailure
{
    private const int MaxBody = 512;

    public static ConsulException Server(string operation, string address, HttpResponseMessage response, string body, TimeSpan? retryAfter, SentSecrets secrets, bool isConditional)
    {
        var status = response.StatusCode;
        var said = Excerpt(body, secrets);

        // What comes with a redirect is a page for browsers.
        var reason = said is null ? " without a reason" : (int)status is >= 300 and < 400 ? "" : $" {said.TrimEnd('.')}";
        var advice = AsksForPassword(response) ? " A user and a password that are known there are asked for: put user:password into CONSUL_HTTP_AUTH or ConsulClientOptions.HttpAuth."
            : status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? $" {TokenAdvice.Of(said, "that may do this", secrets.TokenOrigin)}{(TokenAdvice.IsUnknown(said) ? ConsulEnvironment.AfterReplacing(secrets.TokenOrigin) : "")}"
            : Advice(status, isConditional);
        var message = $"{operation} at {address} failed: {(int)status}{reason}.{advice}{Later(retryAfter)}";
        return new ConsulException(message, operation, ConsulErrorOrigin.Server, status, said, null, retryAfter);
    }

    public static ConsulException TimedOut(ConsulRequest request, string address, TimeSpan timeout, Exception inner) => new(
        $"{request.Operation} at {address}: no {(request.IsLarge ? "progress" : "answer")} within {timeout.TotalSeconds:0.###} s. The agent may be overloaded or without a leader; "
        + "look at its log, or raise ConsulClientOptions.Timeout."
        + (request is { IsLarge: true, Content: not null } ? " It may have been done all the same: look before you do it again." : ""),
        request.Operation,
        ConsulErrorOrigin.Timeout,
        null,
        null,
        inner);

    public static ConsulException Unreachable(string operation, AgentConnection agent, HttpStatusCode? status, Exception inner)
    {
        var address = agent.Name;
        var tls = inner is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
        var closed = inner is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
            || inner.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset };

        // Over TLS an alert in place of an answer is told like this, too.
        var garbled = !address.StartsWith("https:", StringComparison.Ordinal)
            && ((status is null && Causes.Find<HttpIOException>(inner) is { HttpRequestError: HttpRequestError.InvalidResponse })
                || inner is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse });

        // In TLS 1.3 a server refuses a client that shows no certificate when the client takes the handshake for done.
        var closedAfterHandshake = status is null
            && address.StartsWith("https:", StringComparison.Ordinal)
            && inner is HttpRequestException { HttpRequestError: not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError) };
        var advice = tls
            ? "The certificate was not accepted or the port doesn't speak TLS: set CONSUL_CACERT to the authority that issued it, "
                + "CONSUL_TLS_SERVER_NAME to the name in it, and CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY if the agent asks for a client certificate."
            : garbled ? "Is something else listening there? Set CONSUL_HTTP_ADDR to the agent's HTTP address, with https:// if it speaks TLS."
            : closedAfterHandshake ? "The agent closed the connection: it has stopped, or it asks for a client certificate of an authority that it knows: set CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY."
            : status is not null ? "The agent answered, and the connection ended before its answer did: it has stopped, or something between cuts answers off."
            : closed ? "The agent closed the connection: it has stopped, the port speaks TLS (then the address begins with https://), or this address has more connections than its limits.http_max_conns_per_client (200)."
            : agent.IsOfThisMachine ? "Is an agent running there? Start one with `rollcall agent -dev`, or set CONSUL_HTTP_ADDR."
            : "Is an agent running there, and the network between in order? If it is elsewhere, set CONSUL_HTTP_ADDR.";
        var what = garbled ? "answers, but not as HTTP does" : status is not null ? "broke its answer off" : "can't be reached";
        return new ConsulException(
            $"{operation}: {address} {what} ({Reason(inner, agent)}). {advice}",
            operation,
            ConsulErrorOrigin.Unreachable,
            status,
            null,
            inner,
            wasNeverSent: WasNeverSent(inner, agent));
    }

    public static ConsulException Invalid(
        string operation, string address, HttpStatusCode? status, string? body, string what, SentSecrets secrets, Exception? inner)
    {
        var said = Excerpt(body, secrets);
        return new ConsulException(
            $"{operation} at {address}: the answer is not one of Consul's ({what}{(said is null ? "" : $": {said}")}). "
            + "Is something else listening there? Set CONSUL_HTTP_ADDR to the agent's HTTP address.",
            operation,
            ConsulErrorOrigin.InvalidResponse,
            status,
            said,
            inner);
    }

    public static ConsulException TooLong(string operation, string address, HttpStatusCode? status, long limit, Exception inner) => new(
        string.Create(CultureInfo.InvariantCulture, $"{operation} at {address}: the answer has more than {limit} bytes. If it is Consul that answers there, raise ConsulClientOptions.MaxAnswerBytes."),
        operation,
        ConsulErrorOrigin.InvalidResponse,
        status,
        null,
        inner);

    /// <summary>All agents were tried.</summary>
    public static ConsulException NoAgent(IReadOnlyList<ConsulException> failures)
    {
        var last = failures[^1];
        return new ConsulException(
            $"None of the {failures.Count} agents answers. {string.Join(' ', failures.Select(static f => f.Message))}",
            last.Operation,
            last.Origin,
            last.StatusCode,
            last.Body,
            last,
            failures.Min(static failure => failure.RetryAfter),
            failures.All(static failure => failure.WasNeverSent));
    }

    private static bool WasNeverSent(Exception inner, AgentConnection agent) => inner switch
    {
        HttpRequestException e => e.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,

        // SocketsHttpHandler's time to connect was over. Another handler may mean a time of its own for what it has sent.
        OperationCanceledException { InnerException: TimeoutException } => agent.IsOwnHandler,
        _ => false,
    };

    /// <summary>A proxy in front of the agent, that is: Consul itself never does.</summary>
    private static bool AsksForPassword(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && response.Headers.WwwAuthenticate.Any(static challenge => challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase));

    private static string Later(TimeSpan? retryAfter) =>
        retryAfter is { } wait ? string.Create(CultureInfo.InvariantCulture, $" It asks to come back in {wait.TotalSeconds:0.#} s.") : "";

    private static string Advice(HttpStatusCode status, bool isConditional) => (int)status switch
    {
        >= 300 and < 400 => " Redirects are not followed: check the address, and that no name or key has an empty, '.' or '..' part.",
        404 => " Is it Consul that listens there, in a version that has this? If not, set CONSUL_HTTP_ADDR to the agent's HTTP address.",
        429 => " The agent refuses more requests from this address: raise its limits.http_max_conns_per_client, share one ConsulClient, lower its MaxOpenQueries, or use https, which needs one connection.",
        400 or 500 when isConditional => " Look whether the datacenter and the filter that were asked for are right.",
        413 => " Store less under one key, or raise the agent's kv_max_value_size.",
        _ => "",
    };

    /// <summary>The innermost message: the outer ones only say that something failed. That a stream is disposed says less than what disposed it.</summary>
    private static string Reason(Exception exception, AgentConnection agent)
    {
        // For a path that is not there .NET has but the words for an address that is not this machine's.
        if (agent.IsSocketOfAFile && exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.AddressNotAvailable })
        {
            return "there is no such socket";
        }

        while (exception.InnerException is { } inner and not ObjectDisposedException)
        {
            exception = inner;
        }

        return exception.Message.TrimEnd('.');
    }

    /// <summary>One line, capped; a server that echoes a secret back doesn't get it into a log.</summary>
    private static string? Excerpt(string? body, SentSecrets secrets)
    {
        if (string.IsNullOrWhiteSpace(body))
        {
            return null;
        }

        body = secrets.Hide(body).Trim().ReplaceLineEndings(" ");
        return body.Length <= MaxBody ? body : string.Concat(body.AsSpan(0, MaxBody - 1), "…");
    }
}
