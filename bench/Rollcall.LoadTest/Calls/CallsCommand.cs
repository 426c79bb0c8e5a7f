using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Rollcall.Agent;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// Unary calls: the baseline, our direct call and our call by service name take turns against one server process.
/// The ratio is taken within each round, against the baseline's turn of that round; the median over the rounds is reported.
/// </summary>
internal static class CallsCommand
{
    private static readonly int[] s_concurrency = [1, 16, 64, 256];

    public static Command Create()
    {
        var seconds = new Option<double>("--turn-seconds") { DefaultValueFactory = _ => 1, Description = "Length of one contender's turn." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 7, Description = "Turns of each contender at each concurrency." };
        var warmup = new Option<double>("--warmup-seconds") { DefaultValueFactory = _ => 8, Description = "Warm-up of each contender before anything is measured." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object of ratios as the last line." };
        var command = new Command("calls", "Unary calls over loopback h2c with 100-byte messages, relative to bare Kestrel + HttpClient.") { seconds, rounds, warmup, json };
        command.SetAction((parsed, _) => RunAsync(
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rounds),
            TimeSpan.FromSeconds(parsed.GetValue(warmup)),
            parsed.GetValue(json)));
        return command;
    }

    private static async Task RunAsync(TimeSpan turn, int rounds, TimeSpan warmup, bool json)
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }, CancellationToken.None);
        var (process, address) = await CallServer.StartAsync(agent.HttpAddress);
        using var server = process;

        using var raw = new RawCalls(address);
        using var directChannel = GrpcChannel.ForAddress(address);
        using var namedChannel = GrpcChannel.ForAddress($"consul://{agent.HttpAddress.Authority}/{CallServer.ServiceName}?policy=round_robin");
        var direct = new Echo.EchoClient(directChannel);
        var named = new Echo.EchoClient(namedChannel);
        var payload = new Payload { Data = ByteString.CopyFrom(new byte[100]) };
        (string Name, Func<int, long, Task> Call)[] contenders =
        [
            ("raw", (_, _) => raw.UnaryAsync(payload)),
            ("direct", (_, _) => direct.UnaryAsync(payload).ResponseAsync),
            ("discovery", (_, _) => named.UnaryAsync(payload).ResponseAsync),
        ];

        foreach (var (_, call) in contenders)
        {
            await Load.RunAsync(16, warmup, call);
        }

        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{rounds} rounds of {turn.TotalSeconds} s turns; ratios to raw are medians over the rounds"));
        Console.WriteLine("calls in flight      raw/s  direct/raw  discovery/raw  discovery/direct  raw B/call  direct B/call");
        var ratios = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var concurrency in s_concurrency)
        {
            var slices = contenders.Select(_ => new List<Slice>()).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < contenders.Length; i++)
                {
                    // Each round starts with another contender, so that none always runs behind the same neighbour.
                    var turnOf = (i + round) % contenders.Length;
                    slices[turnOf].Add(await Load.RunAsync(concurrency, turn, contenders[turnOf].Call));
                }
            }

            var directRatio = MedianRatio(slices[1], slices[0]);
            var discoveryRatio = MedianRatio(slices[2], slices[0]);
            var discoveryToDirect = MedianRatio(slices[2], slices[1]);
            ratios[$"unary{concurrency}"] = Round(directRatio);
            ratios[$"discovery{concurrency}"] = Round(discoveryRatio);
            ratios[$"discoveryToDirect{concurrency}"] = Round(discoveryToDirect);
            if (concurrency == 16)
            {
                ratios["clientBytes"] = Math.Round(Statistics.Median(slices[1].Select(s => s.BytesPerOperation)));
                ratios["rawClientBytes"] = Math.Round(Statistics.Median(slices[0].Select(s => s.BytesPerOperation)));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{concurrency,15} {Statistics.Median(slices[0].Select(s => s.PerSecond)),10:F0} {directRatio,11:F2} {discoveryRatio,14:F2} {discoveryToDirect,17:F2} {Statistics.Median(slices[0].Select(s => s.BytesPerOperation)),11:F0} {Statistics.Median(slices[1].Select(s => s.BytesPerOperation)),14:F0}"));
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(ratios));
        }
    }

    private static double MedianRatio(List<Slice> of, List<Slice> to) =>
        Statistics.Median(of.Zip(to, (a, b) => a.PerSecond / b.PerSecond));

    private static double Round(double ratio) => Math.Round(ratio, 3);
}
