using System.Net;

namespace Rollcall.Consul;

/// <summary>
/// An operation on Consul failed. The message names operation, address, status, what the server said, and what to do about it;
/// it never contains a token. Programs decide by the properties, not by the message.
/// </summary>
public sealed class ConsulException : Exception
{
    internal ConsulException(
        string message,
        string operation,
        ConsulErrorOrigin origin,
        HttpStatusCode? statusCode,
        string? body,
        Exception? inner,
        TimeSpan? retryAfter = null,
        bool wasNeverSent = false)
        : base(message, inner)
    {
        Operation = operation;
        Origin = origin;
        StatusCode = statusCode;
        Body = body;
        RetryAfter = retryAfter;
        WasNeverSent = wasNeverSent;
    }

    /// <summary>Method and path, for example <c>PUT /v1/agent/service/register</c>.</summary>
    public string Operation { get; }

    /// <summary>Who says so.</summary>
    public ConsulErrorOrigin Origin { get; }

    /// <summary>The status of the answer; null when none came.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>The beginning of what the server said, at most 512 characters; null when nothing came or it said nothing.</summary>
    public string? Body { get; }

    /// <summary>
    /// How long the agent asks to be left alone (<c>Retry-After</c>), because it is overloaded or this client takes more than its share; null: it did not say.
    /// Watches have waited that long, up to half a minute, before they fail with it.
    /// </summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>
    /// Whether certainly no agent has seen the request, because no connection came about, so that it had no effect and may be sent again. False: it may have had
    /// one. With a handler of the caller's own, connecting that takes too long counts as false: its time may be one for what was sent.
    /// </summary>
    public bool WasNeverSent { get; }
}
