using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class MiddlewareTests
{
    // All of them are on their way at the same time, and were built by the same thread.
    [Fact]
    public async Task AnswersThatItHoldsBack_StayThoseOfTheirRequests()
    {
        const int Count = 4;
        using var barrier = new SemaphoreSlim(0);
        var waiting = 0;
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            options.SocketThreads = 1;
            options.Middleware = next => async context =>
            {
                if (context.Request.Method != "GET")
                {
                    await next(context);
                    return;
                }

                var body = context.Response.Body;
                context.Response.Body = new LateStream(body, async () =>
                {
                    if (Interlocked.Increment(ref waiting) == Count)
                    {
                        barrier.Release(Count);
                    }

                    await barrier.WaitAsync().WithinAsync();
                });
                await next(context);
                context.Response.Body = body;
            };
        });
        for (var i = 0; i < Count; i++)
        {
            await agent.PutAsync($"kv/{i}", "v");
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => agent.GetAsync($"kv/{i}")));

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), answers.Select(answer => answer.Json![0]!["Key"]!.GetValue<string>()));
    }
}
