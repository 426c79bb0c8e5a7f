using System.Globalization;
using System.Net;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <content>What an attempt sends.</content>
internal abstract partial class CallCore
{
    internal bool HasCredentials => Channel.CallCredentials is not null || CallCredentials is not null;

    /// <param name="uri">Where it goes.</param>
    /// <param name="content">The body.</param>
    /// <param name="previousAttempts">Attempts made before, by a retry or hedging policy.</param>
    internal HttpRequestMessage CreateRequest(Uri uri, HttpContent content, int previousAttempts)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("User-Agent", GrpcChannel.UserAgent);
        request.Headers.TryAddWithoutValidation(GrpcProtocol.AcceptEncodingHeader, Channel.Encodings.AcceptEncoding);
        if (_body.Encoding is { } encoding)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.EncodingHeader, encoding);
        }

        if (Deadline != DateTime.MaxValue)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.TimeoutHeader, GrpcTimeout.Format(Remaining()));
        }

        if (previousAttempts > 0)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.PreviousAttemptsHeader, previousAttempts.ToString(CultureInfo.InvariantCulture));
        }

        if (Headers is not null)
        {
            RequestMetadata.Add(request.Headers, Headers);
        }

        ClientTelemetry.Inject(request);
        return request;
    }

    internal async Task AddCredentialsAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var metadata = new Metadata();
        var context = new AuthInterceptorContext(
            $"{Channel.Scheme}://{request.RequestUri!.Authority}/{Method.ServiceName}", Method.Name, cancellationToken);
        if (Channel.CallCredentials is { } ofChannel)
        {
            await CallCredentialsReader.AddAsync(ofChannel, context, metadata).ConfigureAwait(false);
        }

        if (CallCredentials is { } ofCall)
        {
            await CallCredentialsReader.AddAsync(ofCall, context, metadata).ConfigureAwait(false);
        }

        RequestMetadata.Add(request.Headers, metadata);
    }
}
