using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Callers that neither read a response to its end nor dispose of it.</summary>
public sealed class DroppedResponseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PlaceOfADroppedResponse_IsFreeAfterItWasCollected(bool hedges)
    {
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            await c.Response.WriteAsync("begun");
            if (c.Request.Path == "/endless")
            {
                await c.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        await using var caller = new TestCaller(
            o =>
            {
                o.Balancing.MaxInFlight = 1;
                o.Hedging = hedges ? new(2, TimeSpan.FromMinutes(1), default) : null;

                // Thrown on the finalizer's thread: neither the process ends, nor does the place stay taken.
                o.OnAttempt = attempt => _ = attempt.StatusCode ?? throw new InvalidOperationException("by the observer");
            },
            a.Endpoint);
        caller.Log.Expect(static e => e.Exception is InvalidOperationException { Message: "by the observer" });
        await DropAsync(caller.Client);
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetAsync("http://orders/").WithinAsync());

        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return caller.Policy.Results is [CallResult.Cancelled];
        });

        Assert.True(Assert.Single(caller.Policy.Ended).Outcome.IsAnswered);
        Assert.Equal("begun", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
    }

    // A method of its own: nothing of it is left to hold the response.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DropAsync(HttpClient client)
    {
        var response = await client.GetAsync("http://orders/endless", HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        Assert.NotNull(response.GetEndpoint());
    }
}
