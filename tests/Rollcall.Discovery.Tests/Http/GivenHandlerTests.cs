using System.Collections.Concurrent;
using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>A handler of the caller's own sends the requests.</summary>
public sealed class GivenHandlerTests
{
    [Theory]
    [InlineData("POST", false, 1)]
    [InlineData("POST", true, 1)]
    [InlineData("GET", false, 3)]
    public async Task HandlersOwnTimeIsOver_OnlyWhatMayBeRepeatedIsSentAgain(string method, bool limited, int sent)
    {
        var error = new TaskCanceledException("Too late.", new TimeoutException());
        using var inner = new FailingHandler(error);
        var source = new ScriptedSource();
        source.Answer(1, A, B, C);
        await using var directory = new EndpointDirectory(source);
        var options = new DiscoveryHandlerOptions { AttemptTimeout = limited ? TimeSpan.FromSeconds(15) : null };
        using var client = new HttpMessageInvoker(new DiscoveryHandler(directory, options, inner));
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");

        var thrown = await Assert.ThrowsAsync<TaskCanceledException>(() => client.SendAsync(request, default).WithinAsync());

        Assert.Same(error, thrown);
        Assert.Equal(sent, inner.Sent.Count);
    }

    /// <summary>An address can't be made of it: nobody has seen the request.</summary>
    [Theory]
    [InlineData("GET", "bad host")]
    [InlineData("POST", "bad host")]
    [InlineData("GET", "10.0.0.1/x")]
    [InlineData("GET", "10.0.0.1?x")]
    [InlineData("GET", "10.0.0.1#")]
    [InlineData("GET", "user@10.0.0.1")]
    [InlineData("GET", "10.0.0.1\\x")]
    public async Task InstanceWhoseHostIsNone_IsPassedOverAndNamedWhereThereIsNoOther(string method, string host)
    {
        using var inner = new FailingHandler(null);
        var source = new ScriptedSource();
        var bad = new Endpoint("a", host, 80);
        source.Answer(1, bad, B);
        await using var directory = new EndpointDirectory(source, new EndpointDirectoryOptions { CollapseHold = TimeSpan.Zero });
        var policy = new RecordingPolicy();
        using var client = new HttpMessageInvoker(new DiscoveryHandler(directory, new DiscoveryHandlerOptions { Policy = policy }, inner));

        using (var response = await SendAsync())
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(B.Host, Assert.Single(inner.Sent).Host);
        Assert.Equal([CallResult.Unreachable, CallResult.Success], policy.Results);

        source.Answer(2, bad);
        await directory.PickedAsync(bad.Id);
        var error = await Assert.ThrowsAsync<HttpRequestException>(SendAsync);
        Assert.Equal(HttpRequestError.NameResolutionError, error.HttpRequestError);
        Assert.Contains($"Tried: {bad}. ", error.Message, StringComparison.Ordinal);

        async Task<HttpResponseMessage> SendAsync()
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");
            return await client.SendAsync(request, default).WithinAsync();
        }
    }

    private sealed class FailingHandler(Exception? error) : HttpMessageHandler
    {
        public ConcurrentQueue<Uri> Sent { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sent.Enqueue(request.RequestUri!);
            return error is null ? Task.FromResult(new HttpResponseMessage()) : Task.FromException<HttpResponseMessage>(error);
        }
    }
}
