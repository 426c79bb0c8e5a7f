using System.Globalization;
using System.Net;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <content>What an attempt sends.</content>
internal abstract partial class CallCore
{
    private HttpRequestMessage CreateRequest(Uri uri)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = _body.CreateContent(),
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("User-Agent", GrpcChannel.UserAgent);
        request.Headers.TryAddWithoutValidation(GrpcProtocol.AcceptEncodingHeader, GrpcProtocol.AcceptedEncodings);
        if (Deadline != DateTime.MaxValue)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.TimeoutHeader, GrpcTimeout.Format(Remaining()));
        }

        if (_retry is { Made: var previous and > 0 })
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.PreviousAttemptsHeader, previous.ToString(CultureInfo.InvariantCulture));
        }

        if (Headers is not null)
        {
            RequestMetadata.Add(request.Headers, Headers);
        }

        return request;
    }

    private async Task AddCredentialsAsync(HttpRequestMessage request)
    {
        var metadata = new Metadata();
        var context = new AuthInterceptorContext(
            $"{Channel.Scheme}://{request.RequestUri!.Authority}/{Method.ServiceName}", Method.Name, Token);
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
