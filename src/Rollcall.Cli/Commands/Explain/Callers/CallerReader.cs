using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>Asks a process what it knows of a service. What keeps it from answering is a result: the registry's part is worth showing all the same.</summary>
internal static class CallerReader
{
    private const int MaxBytes = 16 << 20;
    private const string Pattern = RollcallEndpointRouteBuilderExtensions.DiagnosticsPattern;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>The address that is asked for what the command line says.</summary>
    /// <exception cref="CommandFailure">It is no address.</exception>
    public static Uri ParseAddress(string text)
    {
        var written = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (!Uri.TryCreate(written, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new CommandFailure($"--caller '{text}' is not the address of a web application. Write it like http://127.0.0.1:5000.", ExitCode.Usage);
        }

        return address.AbsolutePath == "/" ? new Uri(address, Pattern) : address;
    }

    public static async Task<CallerView> ReadAsync(Uri address, string service, TimeProvider time, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxBytes };
        using var timer = new CancellationTokenSource(s_timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        var asked = new UriBuilder(address) { Query = $"service={Uri.EscapeDataString(service)}" }.Uri;
        try
        {
            using var response = await client.GetAsync(asked, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => Read(address, body),
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new CallerView(
                    address, null, $"the caller at {address.Authority} does not let this command read what it knows ({(int)response.StatusCode})", FirstLine(body) ?? "Ask on the caller's own machine."),

                // 405: a gRPC server takes POST alone, under any path.
                HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => NoDiagnostics(address, $"has nothing there ({(int)response.StatusCode})"),
                var status => new CallerView(address, null, $"the caller at {address.Authority} answered {(int)status}", "Look into its log."),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CallerView(
                address, null, $"the caller at {address.Authority} did not answer within {s_timeout.TotalSeconds:0} s", "It hangs, or is not where --caller says.");
        }
        catch (HttpRequestException failure)
        {
            var why = failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "connection refused" : failure.Message;
            return new CallerView(address, null, $"the caller at {address.Authority} can't be asked: {why}", "Look whether it runs, and listens there.");
        }
    }

    private static CallerView Read(Uri address, byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, CallerJsonContext.Default.CallerReply) is { } reply && IsWhole(reply)
                ? new CallerView(address, reply)
                : NoDiagnostics(address, "answers with something else");
        }
        catch (JsonException)
        {
            return NoDiagnostics(address, "answers with something else");
        }
    }

    /// <summary>What the reader of JSON does not look at: elements that are null, and numbers that no JSON can tell.</summary>
    private static bool IsWhole(CallerReply reply) =>
        reply.Services.All(static s => s is not null && double.IsFinite(s.List?.AgeSeconds ?? 0) && s.Callers.All(static c =>
            c is not null
            && c.ServiceConfig?.WithoutEffect.All(static part => part is not null) != false
            && c.Instances.All(static i => i is not null && double.IsFinite(i.WarmUpFactor) && double.IsFinite(i.LatencyMs ?? 0))));

    private static CallerView NoDiagnostics(Uri address, string what) => new(
        address,
        null,
        $"the caller at {address.Authority} {what} under {address.AbsolutePath}",
        "Let it tell: app.MapRollcallDiagnostics(); with a path of its own, give --caller the whole address.");

    private static string? FirstLine(byte[] text) => Encoding.UTF8.GetString(text).Split('\n')[0].Trim() is { Length: > 0 and < 400 } line ? line : null;
}
