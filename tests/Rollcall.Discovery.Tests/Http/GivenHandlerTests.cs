using System.Collections.Concurrent;
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

    private sealed class FailingHandler(Exception error) : HttpMessageHandler
    {
        public ConcurrentQueue<Uri> Sent { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sent.Enqueue(request.RequestUri!);
            return Task.FromException<HttpResponseMessage>(error);
        }
    }
}
