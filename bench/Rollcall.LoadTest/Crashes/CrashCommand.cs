using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.LoadTest.Agents;

namespace Rollcall.LoadTest.Crashes;

/// <summary>
/// The agent with a data directory is killed again and again while it is written to: keys, transactions, locks with sessions, registrations on the agent and in
/// the catalog, and the ends of all of them. Each time it has to start, and to hold every write that it acknowledged; no index may be lower than one that it showed.
/// </summary>
internal static class CrashCommand
{
    private const int WritersOfEach = 2;

    private static readonly Func<int, CrashWriter>[] s_kinds =
    [
        static number => new KeyWriter(number),
        static number => new TransactionWriter(number),
        static number => new LockWriter(number),
        static number => new RegistrationWriter(number),
        static number => new CatalogWriter(number),
    ];

    // Kills fall anywhere between these after the first write.
    private static readonly TimeSpan s_soonest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_latest = TimeSpan.FromMilliseconds(150);

    public static Command Create()
    {
        var kills = new Option<int>("--kills") { DefaultValueFactory = _ => 300, Description = "How many times the agent is killed." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("crash", "The agent is killed during writes: nothing that was acknowledged is lost.") { kills, json };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(kills), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int kills, bool json, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-crash-").FullName;
        var writers = Enumerable.Range(0, WritersOfEach * s_kinds.Length).Select(static number => s_kinds[number % s_kinds.Length](number)).ToList();
        var random = new Random(1);
        long lost = 0, backwards = 0;
        try
        {
            for (var kill = 0; kill <= kills; kill++)
            {
                var (process, address) = await AgentServer.StartAsync(dataDirectory: directory);
                using var owned = process;
                using var consul = new ConsulClient(new ConsulClientOptions { Address = address });
                foreach (var writer in writers)
                {
                    var (isLost, isBackwards) = await writer.CheckAsync(consul, cancel);
                    lost += isLost ? 1 : 0;
                    backwards += isBackwards ? 1 : 0;
                }

                if (kill == kills)
                {
                    break;
                }

                var writing = writers.Select(writer => Task.Run(() => writer.WriteUntilBrokenAsync(consul, cancel), cancel)).ToList();
                await writers[0].HasWrittenAsync().WaitAsync(TimeSpan.FromSeconds(30), cancel);
                await Task.Delay(s_soonest + (random.NextDouble() * (s_latest - s_soonest)), TimeProvider.System, cancel);
                process.Kill();
                await Task.WhenAll(writing);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        var acknowledged = writers.Sum(static writer => writer.Acknowledged);
        var notRead = writers.Sum(static writer => writer.NotRead);
        backwards += writers.Sum(static writer => writer.Backwards);
        var byKind = writers.GroupBy(static writer => writer.GetType().Name).ToDictionary(static kind => kind.Key, static kind => kind.Sum(static writer => writer.Acknowledged));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{kills} kills under {writers.Count} writers: {acknowledged} writes acknowledged ({string.Join(", ", byKind.Select(static kind => $"{kind.Key} {kind.Value}"))}), {lost} lost, {notRead} not read back, {backwards} indexes went back"));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { kills, acknowledged, lost, notRead, backwards, byKind }, JsonSerializerOptions.Web));
        }

        return lost + notRead + backwards == 0 && byKind.Values.All(static count => count > 0) ? 0 : 1;
    }
}
