using System.Globalization;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <content>What an attempt sends.</content>
internal abstract partial class CallCore
{
    internal bool HasCredentials => Channel.CallCredentials is not null || CallCredentials is not null;

    /// <summary>Adds what is the call's own to a request; with credentials, <see cref="AddCredentialsAsync"/> completes it.</summary>
    /// <param name="request">What <see cref="RequestTemplate"/> made.</param>
    /// <param name="uri">Where it goes.</param>
    /// <param name="previousAttempts">Attempts made before, by a retry or hedging policy.</param>
    internal HttpRequestMessage Address(HttpRequestMessage request, Uri uri, int previousAttempts)
    {
        request.RequestUri = uri;
        if (_body.Encoding is { } encoding)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.EncodingHeader, encoding);
        }

        if (!HasCredentials)
        {
            AddTimeout(request);
        }

        if (previousAttempts > 0)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.PreviousAttemptsHeader, previousAttempts.ToString(CultureInfo.InvariantCulture));
        }

        if (Headers is not null)
        {
            RequestMetadata.Add(request, Headers);
        }

        ClientTelemetry.Inject(request);
        return request;
    }

    /// <summary>Adds what the credentials give, and the time that is left after they gave it.</summary>
    internal async Task AddCredentialsAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var metadata = new Metadata();
        var context = new AuthInterceptorContext(
            $"{Channel.Scheme}://{Channel.Authority ?? request.RequestUri!.Authority}/{Method.ServiceName}", Method.Name, cancellationToken);
        if (Channel.CallCredentials is { } ofChannel)
        {
            await CallCredentialsReader.AddAsync(ofChannel, context, metadata).ConfigureAwait(false);
        }

        if (CallCredentials is { } ofCall)
        {
            await CallCredentialsReader.AddAsync(ofCall, context, metadata).ConfigureAwait(false);
        }

        RequestMetadata.Add(request, metadata);
        AddTimeout(request);
    }

    private void AddTimeout(HttpRequestMessage request)
    {
        if (Deadline != DateTime.MaxValue)
        {
            request.Headers.TryAddWithoutValidation(GrpcProtocol.TimeoutHeader, GrpcTimeout.Format(Remaining()));
        }
    }

    private void OnCredentialsRefused()
    {
        if (Channel.CallCredentials is { } ofChannel)
        {
            CallCredentialsReader.OnRefused(ofChannel);
        }

        if (CallCredentials is { } ofCall)
        {
            CallCredentialsReader.OnRefused(ofCall);
        }
    }
}
