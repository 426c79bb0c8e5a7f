using System.Globalization;
using Grpc.Core;
using Rollcall.Cli.Commands.Demo.Protocol;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>Keeps a fixed number of calls under way until it is told to stop; those under way then are finished and counted.</summary>
internal sealed class DemoLoad(HelloService.HelloServiceClient client, DemoTally tally, DemoEvents events, TimeProvider time)
{
    public const int Concurrency = 16;
    private const int MaxReports = 5;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(100);
    private int _reports;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(1, Concurrency).Select(caller => Task.Run(() => CallAsync(caller, stop))));

    private async Task CallAsync(int caller, CancellationToken stop)
    {
        var request = new HelloRequest { Name = string.Create(CultureInfo.InvariantCulture, $"caller {caller}") };
        while (!stop.IsCancellationRequested)
        {
            var start = time.GetTimestamp();
            try
            {
                // Not cancelled at the end: a call that was begun is finished and counted.
                using var call = client.SayHelloAsync(
                    request, deadline: time.GetUtcNow().UtcDateTime + s_deadline, cancellationToken: CancellationToken.None);
                tally.RecordAnswer(await call.ResponseAsync, time.GetElapsedTime(start));
            }
            catch (RpcException failure)
            {
                tally.RecordFailure();
                if (Interlocked.Increment(ref _reports) <= MaxReports)
                {
                    await events.AddAsync($"A call failed: {failure.StatusCode}: {failure.Status.Detail}");
                }

                // A caller that fails at once must not fill the run with failures.
                await Task.Delay(s_pauseAfterFailure, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
