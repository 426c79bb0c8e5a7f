using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A response that stays in memory. Status and headers are those of the real one, which is sent later.</summary>
internal sealed class BufferedResponse(IHttpResponseFeature inner) : IHttpResponseFeature, IHttpResponseBodyFeature, IHttpResponseTrailersFeature
{
    private readonly BufferWriter _writer = new();
    private bool _started;
    private Stream? _stream;

    /// <summary>Everything written to the body: response messages with their prefixes.</summary>
    public ReadOnlyMemory<byte> Written => _writer.Written;

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    public int StatusCode
    {
        get => inner.StatusCode;
        set => inner.StatusCode = value;
    }

    public string? ReasonPhrase
    {
        get => inner.ReasonPhrase;
        set => inner.ReasonPhrase = value;
    }

    public IHeaderDictionary Headers
    {
        get => inner.Headers;
        set => inner.Headers = value;
    }

    public Stream Body
    {
        get => Stream;
        set => throw new NotSupportedException("The body of a call can't be replaced.");
    }

    public bool HasStarted => _started || inner.HasStarted;

    public Stream Stream => _stream ??= _writer.AsStream();

    public PipeWriter Writer => _writer;

    public void OnStarting(Func<object, Task> callback, object state) => inner.OnStarting(callback, state);

    public void OnCompleted(Func<object, Task> callback, object state) => inner.OnCompleted(callback, state);

    public void DisableBuffering()
    {
        // It is what this class is for.
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        _started = true;
        return Task.CompletedTask;
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public Task CompleteAsync() => Task.CompletedTask;
}
