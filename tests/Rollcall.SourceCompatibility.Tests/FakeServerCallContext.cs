using Grpc.Core;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>A context for unit tests of services, as testing guides show it.</summary>
public class FakeServerCallContext : ServerCallContext
{
    private readonly Metadata _requestHeaders;
    private readonly CancellationToken _cancellationToken;
    private readonly Metadata _responseTrailers = new();
    private readonly AuthContext _authContext = new(string.Empty, new Dictionary<string, List<AuthProperty>>());
    private readonly Dictionary<object, object> _userState = new();
    private WriteOptions? _writeOptions;

    private FakeServerCallContext(Metadata requestHeaders, CancellationToken cancellationToken)
    {
        _requestHeaders = requestHeaders;
        _cancellationToken = cancellationToken;
    }

    public Metadata? ResponseHeaders { get; private set; }

    protected override string MethodCore => "MethodName";

    protected override string HostCore => "HostName";

    protected override string PeerCore => "PeerName";

    protected override DateTime DeadlineCore { get; }

    protected override Metadata RequestHeadersCore => _requestHeaders;

    protected override CancellationToken CancellationTokenCore => _cancellationToken;

    protected override Metadata ResponseTrailersCore => _responseTrailers;

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore
    {
        get => _writeOptions;
        set => _writeOptions = value;
    }

    protected override AuthContext AuthContextCore => _authContext;

    protected override IDictionary<object, object> UserStateCore => _userState;

    public static FakeServerCallContext Create(Metadata? requestHeaders = null, CancellationToken cancellationToken = default) =>
        new(requestHeaders ?? new Metadata(), cancellationToken);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ResponseHeaders = responseHeaders;
        return Task.CompletedTask;
    }
}
