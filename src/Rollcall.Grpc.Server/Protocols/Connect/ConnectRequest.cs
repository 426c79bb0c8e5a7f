using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Reads a request of the Connect protocol. What is wrong with it becomes the status of the call.</summary>
internal sealed class ConnectRequest
{
    private const string TimeoutHeader = "connect-timeout-ms";
    private const string VersionHeader = "connect-protocol-version";
    private const int MaxTimeoutDigits = 10;

    private readonly HttpRequest _request;
    private readonly IConnectCodec _codec;
    private readonly CallSettings _settings;
    private readonly PipeReader _body;
    private readonly string? _fault;

    public ConnectRequest(HttpRequest request, IConnectCodec codec, CallSettings settings)
    {
        _request = request;
        _codec = codec;
        _settings = settings;
        _body = request.BodyReader;

        // The call behind must not take them for its own.
        request.Headers.Remove(GrpcProtocol.EncodingHeader);
        request.Headers.Remove(GrpcProtocol.AcceptEncodingHeader);
        request.Headers.Remove(GrpcProtocol.TimeoutHeader);
        _fault = SetTimeout() ?? CheckVersion();
    }

    private bool IsGet => HttpMethods.IsGet(_request.Method);

    /// <summary>Name of the request's compression.</summary>
    public string Encoding => ContentCoding.GetName(IsGet ? _request.Query["compression"] : _request.Headers.ContentEncoding);

    /// <summary>Makes the frame for the call.</summary>
    /// <exception cref="RpcException">Something is wrong with the request.</exception>
    public ValueTask<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        if (_fault is not null)
        {
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, _fault);
        }

        var compression = FindCompression();
        var limit = _settings.MaxReceiveBytes;
        return IsGet
            ? ValueTask.FromResult(Convert(new ReadOnlySequence<byte>(ConnectQuery.ReadMessage(_request, limit)), compression))
            : RequestFrame.ReadAsync(_body, _request.ContentLength, limit, body => Convert(body, compression), cancellationToken);
    }

    private ICompressionProvider? FindCompression() =>
        ContentCoding.TryFind(_settings.Encodings, Encoding, out var compression)
            ? compression
            : throw MessageDecoder.Fault(
                StatusCode.Unimplemented, $"The compression '{Encoding}' is not supported; use one of {_settings.Encodings.AcceptEncoding}.");

    private byte[] Convert(in ReadOnlySequence<byte> body, ICompressionProvider? compression) =>
        RequestFrame.Decompress(body, compression, _settings.MaxReceiveBytes, message => _codec.ReadRequest(message));

    private string? SetTimeout()
    {
        if (_request.Headers[TimeoutHeader] is not [{ } text])
        {
            return null;
        }

        if (text.Length > MaxTimeoutDigits || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return $"The header {TimeoutHeader} is malformed; it takes milliseconds in 1 to {MaxTimeoutDigits} digits.";
        }

        _request.Headers.GrpcTimeout = GrpcTimeout.Format(TimeSpan.FromMilliseconds(milliseconds));
        return null;
    }

    private string? CheckVersion()
    {
        if (_request.Headers[VersionHeader] is { Count: > 0 } header && header != "1")
        {
            return $"Version '{header}' of the Connect protocol is not known; the header {VersionHeader} takes 1.";
        }

        if (IsGet && _request.Query["connect"] is { Count: > 0 } parameter && parameter != "v1")
        {
            return $"Version '{parameter}' of the Connect protocol is not known; the query parameter connect takes v1.";
        }

        return null;
    }
}
