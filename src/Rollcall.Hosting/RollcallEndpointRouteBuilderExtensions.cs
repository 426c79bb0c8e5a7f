using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rollcall.Discovery;
using Rollcall.Discovery.Consul;
using Rollcall.Hosting;
using Rollcall.Hosting.Diagnostics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Endpoints that Rollcall adds to a web application.</summary>
public static class RollcallEndpointRouteBuilderExtensions
{
    /// <summary>Where <c>rollcall explain NAME --caller URL</c> looks when the URL has no path.</summary>
    public const string DiagnosticsPattern = "/rollcall/diagnostics";

    /// <summary>
    /// An endpoint that tells as JSON what this process knows of the services that it calls, and what each of its callers makes of it: the lists with
    /// their age and doubts, who is left out why and until when, calls in flight, further attempts, the policy and service config in force. Nothing but
    /// programs on the same machine may read it, unless <see cref="RollcallDiagnosticsOptions.AllowRemote"/> says otherwise.
    /// <c>?service=NAME</c> asks for one service.
    /// </summary>
    /// <remarks>
    /// A request of a proxy on this machine is known by the headers that proxies add (<c>Forwarded</c>, <c>X-Forwarded-*</c>, <c>X-Real-IP</c>, <c>Via</c>,
    /// <c>X-Envoy-*</c>). One that adds none, such as nginx with nothing but <c>proxy_pass</c>, can't be told from a program of this machine: behind it use
    /// <c>RequireAuthorization</c>, or <c>RequireHost</c> with a port that it does not lead to, or leave the endpoint out.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">Its path.</param>
    /// <param name="configure">Default: this machine only.</param>
    /// <returns>For what else the endpoint needs, such as <c>RequireAuthorization</c> or <c>RequireHost</c>.</returns>
    public static IEndpointConventionBuilder MapRollcallDiagnostics(
        this IEndpointRouteBuilder endpoints, string pattern = DiagnosticsPattern, Action<RollcallDiagnosticsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        var options = new RollcallDiagnosticsOptions();
        configure?.Invoke(options);
        var allowRemote = options.AllowRemote;
        var services = endpoints.ServiceProvider;
        var application = services.GetService<IHostEnvironment>()?.ApplicationName;

        // The container's directory is made by its first user; to look is not to use.
        var isRegistered = services.GetService<IServiceProviderIsService>()?.IsService(typeof(EndpointDirectory)) == true;
        return endpoints.MapGet(pattern, async context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            if (!allowRemote && LocalRequests.WhyRemote(context.Request) is { } why)
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                await context.Response.WriteAsync(
                    $"Only programs on this machine may read this, and {why}. Ask for it on the machine itself, for example: curl http://127.0.0.1:PORT{pattern}. "
                        + "To let others read it: MapRollcallDiagnostics(configure: o => o.AllowRemote = true).RequireAuthorization().\n",
                    context.RequestAborted).ConfigureAwait(false);
                return;
            }

            IEnumerable<DirectoryDescription> directories = ConsulDirectories.Describe();
            if (isRegistered)
            {
                directories = directories.Prepend(services.GetRequiredService<EndpointDirectory>().Describe());
            }

            var report = DiagnosticsReport.Of(application, [.. directories], context.Request.Query["service"]);
            await context.Response.WriteAsJsonAsync(report, DiagnosticsJsonContext.Default.DiagnosticsReport, cancellationToken: context.RequestAborted)
                .ConfigureAwait(false);
        });
    }
}
