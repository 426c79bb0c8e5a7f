using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>What a list without instances says of the reason.</summary>
public sealed class EmptyListTests : IDisposable
{
    private const string Critical = """
        [{"Node":{"Node":"node-7","Address":"10.9.9.9","Datacenter":"dc1"},
          "Service":{"ID":"a","Service":"orders","Address":"10.0.0.1","Port":80},
          "Checks":[{"CheckID":"c","Name":"TTL","Status":"critical","Output":""}]}]
        """;

    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly StubConsul _stub = new();
    private readonly ConsulClient _client;
    private readonly IAsyncEnumerator<EndpointUpdate> _watch;

    public EmptyListTests()
    {
        _client = _stub.Client();
        _watch = new ConsulEndpointSource(_client, timeProvider: _time, loggerFactory: _log).WatchAsync(new ServiceQuery("orders"), default).GetAsyncEnumerator();
    }

    private int Explained => _stub.Requests.Count(static asked => !asked.Contains("passing", StringComparison.Ordinal));

    public void Dispose()
    {
        _client.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task NothingRegistered_SaysSoAndThatAnAccessRuleMayHideIt()
    {
        _stub.Answer("[]", 7);

        var note = await NoteAsync();

        Assert.Contains("none is registered", note, StringComparison.Ordinal);
        Assert.Contains("token may not be allowed", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerFilteredByAccessRules_SaysSo()
    {
        _stub.Answer("[]", 7, filtered: true);

        var note = await NoteAsync();

        Assert.Contains("access rules removed instances", note, StringComparison.Ordinal);
        Assert.Contains("CONSUL_HTTP_TOKEN", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoLongerFiltered_IsExplainedAnew()
    {
        _stub.Answer("[]", 7, filtered: true).Answer("[]", 7);

        Assert.Contains("access rules removed instances", await NoteAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("access rules removed instances", await NoteAsync(), StringComparison.Ordinal);
    }

    // The token was given rights, by which no index moves.
    [Fact]
    public async Task ReasonThatChangesUnderTheSameIndex_IsAskedAfterAMinute()
    {
        _stub.Answer("[]", 7).Answer("[]", 7).Answer("[]", 7);

        Assert.Contains("token may not be allowed", await NoteAsync(), StringComparison.Ordinal);
        _stub.Everything = Critical;
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Contains("token may not be allowed", await NoteAsync(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("1 registered, 1 not passing (a: TTL is critical)", await NoteAsync());
        Assert.Equal(2, Explained);
    }

    [Fact]
    public async Task ReasonThatCouldNotBeAsked_IsAskedWithTheNextAnswer()
    {
        _stub.Answer("[]", 7).Answer("[]", 7);
        _stub.EverythingStatus = 500;

        Assert.Equal("none is registered and passing its checks", await NoteAsync());
        _stub.EverythingStatus = 200;
        Assert.Contains("token may not be allowed", await NoteAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task NoLeader_TheReasonIsAskedOnceAMinute_AndAgainWithTheLeaderIfItIsMissing(int status)
    {
        _stub.EverythingStatus = status;
        for (var i = 0; i < 20; i++)
        {
            _stub.Answer("[]", 7, leader: false);
        }

        _stub.Answer("[]", 7);
        await NoteAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, Explained);
            var next = NoteAsync();
            await _time.WaitForTimersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(2));
            await next;
        }

        Assert.Equal(status == 200 ? 1 : 2, Explained);
    }

    private async Task<string?> NoteAsync()
    {
        Assert.True(await _watch.MoveNextAsync().AsTask().WithinAsync());
        Assert.Empty(_watch.Current.Endpoints);
        return _watch.Current.Note;
    }
}
