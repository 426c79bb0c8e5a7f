using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>
/// Takes requests straight from Kestrel: no pipeline, no container. Finds the endpoint by hand and keeps every fault from reaching the
/// server.
/// </summary>
internal sealed partial class AgentHttpApplication : IHttpApplication<DefaultHttpContext>
{
    // As a Consul without its pages. Checks of the agent's own address ask for it.
    private const string Root = "Consul Agent";
    private const string NoDashboard = "This agent has no dashboard. Its API is below /v1/: try /v1/catalog/services.";

    // What lies in a namespace where there are some and asks for it first. Access rules, config entries and discovery chains ask later; all else takes no
    // notice of the parameter.
    private static readonly string[] s_namespaced =
    [
        "/v1/kv/", "/v1/session/", "/v1/health/", "/v1/catalog/service", "/v1/catalog/node/", "/v1/catalog/node-services/", "/v1/catalog/register",
        "/v1/catalog/deregister", "/v1/catalog/connect/", "/v1/catalog/gateway-services/", "/v1/agent/service", "/v1/agent/check", "/v1/agent/health/", "/v1/internal/ui/",
    ];

    private readonly RouteTable _routes;
    private readonly HttpRules _rules;
    private readonly AclGate _acl;
    private readonly AgentLoad _load;
    private readonly RequestDelegate? _first;
    private readonly AgentMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly DenialLog _denials;
    private readonly ILogger _logger;
    private readonly bool _onSocketThreads;

    /// <param name="routes">The endpoints.</param>
    /// <param name="middleware">What stands before them; null: nothing.</param>
    /// <param name="metrics">Hears how long each endpoint took.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="rules">What every answer is to have.</param>
    /// <param name="acl">Says who may do what.</param>
    /// <param name="load">Says what is too much.</param>
    /// <param name="logger">Hears of requests that can't be answered as they should.</param>
    /// <param name="onSocketThreads">Whether requests come on threads that others wait for.</param>
    public AgentHttpApplication(
        RouteTable routes,
        Func<RequestDelegate, RequestDelegate>? middleware,
        HttpRules rules,
        AclGate acl,
        AgentLoad load,
        AgentMetrics metrics,
        TimeProvider time,
        ILogger<AgentHttpApplication> logger,
        bool onSocketThreads)
    {
        (_routes, _rules, _acl, _load, _metrics, _time, _logger, _onSocketThreads) = (routes, rules, acl, load, metrics, time, logger, onSocketThreads);
        _denials = new DenialLog(acl, time, logger);
        _first = middleware?.Invoke(context => RouteAsync((DefaultHttpContext)context).AsTask());
    }

    // Where Consul adds the headers of a read to a refusal, too.
    private static readonly string[] s_indexed = ["/v1/catalog/", "/v1/health/", "/v1/session/", "/v1/acl/", "/v1/coordinate/", "/v1/query", "/v1/internal/"];
    private const string IntentionList = "/v1/connect/intentions";

    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        // Kestrel keeps one context per connection for us.
        if (contextFeatures is IHostContextContainer<DefaultHttpContext> container)
        {
            var context = container.HostContext ??= new DefaultHttpContext();
            context.Initialize(contextFeatures);
            return context;
        }

        return new DefaultHttpContext(contextFeatures);
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    public async Task ProcessRequestAsync(DefaultHttpContext context)
    {
        try
        {
            if (_first is null)
            {
                await RouteAsync(context).ConfigureAwait(false);
            }
            else
            {
                await _first(context).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException exception)
            when (exception is ConnectionAbortedException || context.RequestAborted.IsCancellationRequested)
        {
            // The client hung up while it was waiting; there is nobody to answer. While it was sending, the connection's own exception may
            // come before the token.
        }
        catch (AclDeniedException denied)
        {
            _denials.Add(context, denied.Message);
            await AnswerAsync(context, StatusCodes.Status403Forbidden, denied.Message, IsIndexed(context)).ConfigureAwait(false);
        }
        catch (AgentOverloadedException refusal)
        {
            await AnswerAsync(context, refusal.Status, refusal.Message, IsIndexed(context), Refusal.RetryAfter()).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            Log.BadRequest(_logger, exception.Message);
            if (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
            {
                _load.CountClient(RefusalReason.Body);
            }

            await AnswerAsync(context, exception.StatusCode, exception.Message).ConfigureAwait(false);
        }
        catch (StoreJournalException exception)
        {
            Log.NotKept(_logger, context.Request.Method, LoggedPath.Of(context.Request.Path.Value ?? ""), exception.Message);
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, exception.Message).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            Log.BadRequest(_logger, exception.Message);
            context.Abort();
        }
#pragma warning disable CA1031 // The edge of the server: whatever failed, this request gets a status and the others go on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(_logger, exception, context.Request.Method, LoggedPath.Of(context.Request.Path.Value ?? ""));
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, "internal error").ConfigureAwait(false);
        }
    }

    private ValueTask RouteAsync(DefaultHttpContext context)
    {
        _rules.AddHeaders(context.Response);
        if (context.Request.Headers.TransferEncoding is { Count: > 0 } coding && !coding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.Connection = "close";
            return new AgentRequest(context, default, "").TextAsync(StatusCodes.Status501NotImplemented, "Unsupported transfer encoding");
        }

        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryParse(raw, out var target))
        {
            context.Response.Headers.Connection = "close";
            return new AgentRequest(context, default, "").TextAsync(StatusCodes.Status400BadRequest, "400 Bad Request");
        }

        if (!_rules.AllowsUnprintable && !target.IsPrintable())
        {
            return Bare(context, StatusCodes.Status400BadRequest);
        }

        if (target.CleanPath() is { } clean)
        {
            return RedirectAsync(context, target, clean);
        }

        if (_rules.Blocks(target.Path))
        {
            return new AgentRequest(context, target, "").TextAsync(StatusCodes.Status403Forbidden, "Endpoint is blocked by agent configuration");
        }

        var route = _routes.Find(target.Path, out var tail);
        var request = new AgentRequest(context, target, tail) { Acl = _acl, Load = _load, HasMiddleware = _first is not null };
        if (route is null)
        {
            return target.Path == "/" ? request.TextAsync(StatusCodes.Status200OK, Root)
                : target.Path is "/ui" or "/ui/" ? request.TextAsync(StatusCodes.Status404NotFound, NoDashboard)
                : _routes.HasBelow(target.Path) ? RedirectAsync(context, target, $"{target.RawPath}/")
                : Bare(context, StatusCodes.Status404NotFound);
        }

        if (target.Query.IsMalformed)
        {
            return request.EmptyAsync(StatusCodes.Status500InternalServerError);
        }

        return _logger.IsEnabled(LogLevel.Debug) ? HandleLoggedAsync(route, request) : HandleAsync(route, request);
    }

    private async ValueTask HandleLoggedAsync(Route route, AgentRequest request)
    {
        // When it ends the connection may be gone.
        var context = request.Context;
        var (method, url, from) = (context.Request.Method, LoggedPath.Of(request.Target), Client(context.Connection));
        var started = _time.GetTimestamp();
        try
        {
            await HandleAsync(route, request).ConfigureAwait(false);
        }
        finally
        {
            Log.Finished(_logger, method, url, from, GoDuration.Format(_time.GetElapsedTime(started)));
        }
    }

    private ValueTask HandleAsync(Route route, AgentRequest request)
    {
        var context = request.Context;
        var method = context.Request.Method;
        if (route.Handlers.TryGetValue(method, out var endpoint))
        {
            return !_rules.AllowsFrom(context) ? request.TextAsync(StatusCodes.Status403Forbidden, "Access is restricted")
                : QueryOptions.NamespaceFault(request.Query) is { } fault && IsNamespaced(request.Path) ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
                : MeasureAsync(endpoint, request);
        }

        context.Response.Headers.Allow = route.Allow;
        return HttpMethods.IsOptions(method)
            ? request.EmptyAsync()
            : request.TextAsync(StatusCodes.Status405MethodNotAllowed, $"method {method} not allowed");
    }

    // By a unix socket, nobody can be told from another.
    private static string Client(ConnectionInfo connection) => connection.RemoteIpAddress is { } address ? GoAddress.Join(address.ToString(), connection.RemotePort) : "@";

    private static bool IsNamespaced(string path) => s_namespaced.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal));

    private ValueTask MeasureAsync(RouteMethod endpoint, AgentRequest request)
    {
        var started = _time.GetTimestamp();
        if (_load.IsTooMuch(endpoint.Precedence, started))
        {
            throw _load.Refuse(RefusalReason.Memory);
        }

        if (endpoint.Demand is { Resource: { } resource } demand && _acl.IsEnabled)
        {
            request.Demand(resource, demand.Name switch { AclName.Node => _acl.NodeName, AclName.Tail => request.Tail, _ => "" }, demand.Access);
        }

        if (request.HasFilter || (_onSocketThreads && endpoint.IsLong))
        {
            return HandOverAsync(endpoint, request, started);
        }

        var computing = _onSocketThreads && endpoint.IsDoubted ? ThreadClock.Now() : TimeSpan.MaxValue;
        var answering = endpoint.Handler(request);
        var computed = _time.GetElapsedTime(started);
        endpoint.Took(computed > ThreadClock.Long, computed > ThreadClock.Stalled || (computing < TimeSpan.MaxValue && ThreadClock.Now() - computing > ThreadClock.Long));
        if (!answering.IsCompletedSuccessfully)
        {
            return AwaitAsync(answering, endpoint.Metric, started);
        }

        _metrics.Measure(endpoint.Metric, computed.TotalMilliseconds);
        return default;
    }

    // Others wait for the thread that this runs on, so what lately computed for long is left to the pool, and what may at any time.
    private async ValueTask HandOverAsync(RouteMethod endpoint, AgentRequest request, long started)
    {
        await AgentRequest.LeaveThreadAsync();
        try
        {
            var begun = ThreadClock.Now();
            var answering = endpoint.Handler(request);
            if (!request.HasFilter)
            {
                var isLong = ThreadClock.Now() - begun > ThreadClock.Long;
                endpoint.Took(isLong, isLong);
            }

            await AwaitAsync(answering, endpoint.Metric, started).ConfigureAwait(false);
        }
        finally
        {
            request.EndFilter();
        }
    }

    private async ValueTask AwaitAsync(ValueTask answering, string metric, long started)
    {
        try
        {
            await answering.ConfigureAwait(false);
        }
        finally
        {
            _metrics.Measure(metric, _time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static ValueTask RedirectAsync(DefaultHttpContext context, in RequestTarget target, string path)
    {
        var location = target.RawQuery.Length > 0 ? $"{path}?{target.RawQuery}" : path;
        context.Response.Headers.Location = location;
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        return HttpMethods.IsGet(context.Request.Method)
            ? new AgentRequest(context, target, "").TextAsync(
                StatusCodes.Status301MovedPermanently,
                $"<a href=\"{WebUtility.HtmlEncode(location)}\">Moved Permanently</a>.\n\n",
                "text/html; charset=utf-8")
            : ValueTask.CompletedTask;
    }

    private static ValueTask Bare(DefaultHttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return ValueTask.CompletedTask;
    }

    private static bool IsIndexed(DefaultHttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return path == IntentionList || s_indexed.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal));
    }

    private async ValueTask AnswerAsync(DefaultHttpContext context, int status, string text, bool indexed = false, string? retryAfter = null)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        _rules.AddHeaders(context.Response);
        var request = new AgentRequest(context, default, "");
        if (indexed && HttpMethods.IsGet(context.Request.Method))
        {
            request.SetNoIndex();
        }

        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;

            // What has not come of the body is not wanted any more.
            if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
            {
                context.Response.Headers.Connection = "close";
            }
        }

        await request.TextAsync(status, text).ConfigureAwait(false);
    }
}
