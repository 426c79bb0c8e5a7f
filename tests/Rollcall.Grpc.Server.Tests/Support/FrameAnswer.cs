using System.Globalization;
using System.Net;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What came back on one stream of a <see cref="FrameCaller"/>. Written by its reader; complete when <see cref="Ended"/> is.</summary>
internal sealed class FrameAnswer
{
    private readonly List<Dictionary<string, string>> _headers = [];
    private readonly List<byte> _body = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The stream or the connection ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The code of RST_STREAM, when that came.</summary>
    public uint? Reset { get; private set; }

    public void AddHeaders(byte[] block) =>
        _headers.Add(HeaderBlock.Decode(block).ToDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal));

    public void AddData(byte[] data) => _body.AddRange(data);

    public void OnReset(uint errorCode)
    {
        // NO_ERROR after a whole answer only says that the rest of the request is of no interest (RFC 9113 8.1).
        Reset = errorCode;
        _ended.TrySetResult();
    }

    public void End() => _ended.TrySetResult();

    /// <exception cref="InvalidOperationException">No response headers came.</exception>
    public RawResponse ToResponse() => _headers.Count == 0
        ? throw new InvalidOperationException($"The stream ended without response headers; RST_STREAM {Reset}.")
        : new RawResponse(
            (HttpStatusCode)int.Parse(_headers[0][":status"], CultureInfo.InvariantCulture),
            _headers[0],
            _headers.Count > 1 ? _headers[1] : new Dictionary<string, string>(),
            [.. _body]);
}
