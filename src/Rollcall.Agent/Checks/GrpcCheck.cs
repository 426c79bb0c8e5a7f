using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Google.Protobuf;
using Grpc.Health.V1;
using Rollcall.Consul.Wire;
using Rollcall.Grpc;

namespace Rollcall.Agent.Checks;

/// <summary>
/// The standard gRPC health protocol (<c>grpc.health.v1.Health/Check</c>): SERVING passes, anything else is critical.
/// The target is <c>host:port</c> for the server as a whole or <c>host:port/service</c> for one service of it.
/// </summary>
internal sealed class GrpcCheck(CheckTls? tls = null) : IProbe, IDisposable
{
    private const int MaxAnswerBytes = 4096;

    /// <summary>Status codes by number, spelled as Go prints them.</summary>
    private static readonly string[] s_codes =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
        "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss",
        "Unauthenticated",
    ];

    private readonly HttpMessageInvoker _strict = new(ProbeHandler.Create(skipVerify: false, tls));
    private readonly HttpMessageInvoker _lax = new(ProbeHandler.Create(skipVerify: true, tls));

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        var slash = spec.Target.IndexOf('/', StringComparison.Ordinal);
        var server = slash < 0 ? spec.Target : spec.Target[..slash];
        var service = slash < 0 ? "" : spec.Target[(slash + 1)..];
        if (HostAndPort.Read(server, "tcp", out var fault) is not { } target)
        {
            return Failed("Unavailable", $"connection error: desc = \"transport: Error while dialing dial tcp: {fault}\"");
        }

        try
        {
            var scheme = spec.GrpcUseTls ? "https" : "http";
            using var request = CreateRequest(new Uri($"{scheme}://{target.Authority}/grpc.health.v1.Health/Check"), service);
            if (spec.GrpcUseTls && tls is not null)
            {
                // What .NET goes by, and what Go's client, too, then calls the server.
                request.Headers.Host = tls.Name;
            }

            using var response = await (spec.TlsSkipVerify ? _lax : _strict).SendAsync(request, cancellationToken).ConfigureAwait(false);
            return await ReadAnswerAsync(spec, response, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException socket)
        {
            return Failed(
                "Unavailable",
                $"connection error: desc = \"transport: Error while dialing {DialError.Describe(target.Dialed, socket)}\"");
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException refused)
        {
            return Failed("Unavailable", $"connection error: desc = \"transport: authentication handshake failed: {refused.Message}\"");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException)
        {
            return Failed("Unavailable", (e.InnerException ?? e).Message);
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => Failed("DeadlineExceeded", "context deadline exceeded").Output;

    /// <inheritdoc />
    public void Dispose()
    {
        _strict.Dispose();
        _lax.Dispose();
    }

    private static HttpRequestMessage CreateRequest(Uri uri, string service)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            // h2c with prior knowledge: gRPC servers without TLS speak nothing else.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(WriteRequest(service)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(GrpcProtocol.ContentType);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.TryAddWithoutValidation("User-Agent", "grpc-health-check rollcall");
        return request;
    }

    private static async Task<ProbeResult> ReadAnswerAsync(
        CheckSpec spec, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return Failed("Unavailable", $"unexpected HTTP status code received from server: {(int)response.StatusCode}");
        }

        var answer = new byte[MaxAnswerBytes];
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        if (length == answer.Length)
        {
            return Failed("ResourceExhausted", $"the answer is larger than {MaxAnswerBytes} bytes");
        }

        // An answer of nothing but trailers carries its status in the headers.
        var status = Find(response.TrailingHeaders, GrpcProtocol.StatusHeader) ?? Find(response.Headers, GrpcProtocol.StatusHeader);
        if (status is null)
        {
            return Failed("Internal", "server closed the stream without sending trailers");
        }

        if (status != "0")
        {
            var text = Find(response.TrailingHeaders, GrpcProtocol.MessageHeader)
                ?? Find(response.Headers, GrpcProtocol.MessageHeader)
                ?? "";
            return Failed(NameOf(status), OutputTail.Cap(GrpcStatusMessage.Decode(text)));
        }

        if (!TryReadAnswer(new ReadOnlySequence<byte>(answer, 0, length), out var serving))
        {
            return Failed("Internal", "the answer is not a grpc.health.v1.HealthCheckResponse");
        }

        return serving is HealthCheckResponse.Types.ServingStatus.Serving
            ? new ProbeResult(CheckStatus.Passing, $"gRPC check {spec.Target}: success")
            : new ProbeResult(CheckStatus.Critical, "gRPC application didn't report service healthy");
    }

    private static byte[] WriteRequest(string service)
    {
        var message = new HealthCheckRequest { Service = service };
        var size = message.CalculateSize();
        var frame = new byte[GrpcFraming.PrefixLength + size];
        GrpcFraming.WritePrefix(frame, size, compressed: false);
        message.WriteTo(frame.AsSpan(GrpcFraming.PrefixLength));
        return frame;
    }

    private static bool TryReadAnswer(ReadOnlySequence<byte> answer, out HealthCheckResponse.Types.ServingStatus status)
    {
        status = default;
        if (GrpcFraming.TryReadFrame(ref answer, MaxAnswerBytes, out var frame) is not GrpcFrameResult.Frame
            || frame.Compressed
            || !answer.IsEmpty)
        {
            return false;
        }

        try
        {
            status = HealthCheckResponse.Parser.ParseFrom(frame.Payload).Status;
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static string? Find(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static string NameOf(string status) =>
        int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code < s_codes.Length
            ? s_codes[code]
            : $"Code({status})";

    private static ProbeResult Failed(string code, string description) =>
        new(CheckStatus.Critical, $"rpc error: code = {code} desc = {description}");
}
