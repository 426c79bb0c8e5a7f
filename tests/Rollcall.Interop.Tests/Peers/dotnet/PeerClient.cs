using System.Net;
using Grpc.Net.Client.Web;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>
/// Does each case COUNT times, and tells of it: <c>CASE ok</c>, or <c>CASE failed</c> and on the next lines why. After the last one: <c>done</c>; then
/// it stays, with its connection, until its standard input ends. Ends with 0 if all passed.
/// </summary>
internal static class PeerClient
{
    private const int Parallel = 16;

    internal static async Task<int> RunAsync(string protocol, string target, string[] names, int count)
    {
        using var cases = new InteropCases(target, PeerCompression.Full, Handler(protocol));

        // A deadline is for the case: not for connecting, and not for compiling what it needs.
        await cases.WarmUpAsync();
        var failed = 0;
        foreach (var name in names)
        {
            var run = InteropCases.All.GetValueOrDefault(name) ?? InteropCases.StandardServices[name];
            try
            {
                await RepeatAsync(() => run(cases), count);
                Console.WriteLine($"{name} ok");
            }
            catch (Exception e)
            {
                Console.WriteLine($"{name} failed\n{e}");
                failed = 1;
            }
        }

        Console.WriteLine("done");
        await Console.In.ReadToEndAsync();
        return failed;
    }

    private static Func<HttpMessageHandler>? Handler(string protocol) => protocol switch
    {
        "grpc" => null,
        "grpc-web" => () => new GrpcWebHandler(GrpcWebMode.GrpcWeb, new VersionHandler(HttpVersion.Version20)),
        "grpc-web-text" => () => new GrpcWebHandler(GrpcWebMode.GrpcWebText, new VersionHandler(HttpVersion.Version20)),
        "grpc-web-http1" => () => new GrpcWebHandler(GrpcWebMode.GrpcWeb, new VersionHandler(HttpVersion.Version11)),
        "grpc-web-text-http1" => () => new GrpcWebHandler(GrpcWebMode.GrpcWebText, new VersionHandler(HttpVersion.Version11)),
        _ => throw new ArgumentException($"'{protocol}' is not a protocol here.", nameof(protocol)),
    };

    // Every runner takes the next repetition until none is left.
    private static Task RepeatAsync(Func<Task> once, int count)
    {
        var left = count;
        async Task RunnerAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await once();
            }
        }

        return Task.WhenAll(Enumerable.Range(0, Math.Min(count, Parallel)).Select(_ => RunnerAsync()));
    }
}
