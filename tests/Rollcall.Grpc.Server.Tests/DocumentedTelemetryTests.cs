using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Core.Utils;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Discovery;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>The tables of docs/observability.md against what is really emitted.</summary>
[Collection("telemetry")]
public sealed partial class DocumentedTelemetryTests
{
    private const string Client = "Rollcall.Grpc.Client";
    private const string Server = "Rollcall.Grpc.Server";

    private static readonly string[] s_commonAttributes = ["rpc.system.name", "rpc.method"];
    private static readonly string[] s_clientAttributes = [.. s_commonAttributes, "server.address", "server.port"];

    [Fact]
    public async Task Tables_SayExactlyWhatIsEmitted()
    {
        using var collector = new TelemetryCollector(Client, Server);
        await MakeCallsOfEveryKindAsync(collector);

        var spans = collector.Spans.ToLookup(span => span.Source.Name);
        Assert.Equal(Documented("Client spans"), Sorted(spans[Client].SelectMany(span => span.TagObjects).Select(tag => tag.Key)));
        Assert.Equal(Documented("Server spans"), Sorted(spans[Server].SelectMany(span => span.TagObjects).Select(tag => tag.Key)));
        var events = spans[Client].SelectMany(span => span.Events).ToList();
        Assert.Equal(Documented("Client events"), Sorted(events.Select(e => e.Name)));
        Assert.Equal(
            Sorted(Names(Rows("Client events").Single()[1]).Except(["moved", "retried", "hedged"])),
            Sorted(events.SelectMany(e => e.Tags).Select(tag => tag.Key)));
        AssertMetrics(collector, "Client metrics", Client, s_clientAttributes);
        AssertMetrics(collector, "Server metrics", Server, s_commonAttributes);
    }

    private static async Task MakeCallsOfEveryKindAsync(TelemetryCollector collector)
    {
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));
        server.Behavior.Unary = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, ""));
        var retry = new RetryPolicy
        {
            MaxAttempts = 2,
            InitialBackoff = TimeSpan.FromMilliseconds(1),
            MaxBackoff = TimeSpan.FromMilliseconds(1),
            BackoffMultiplier = 1,
            RetryableStatusCodes = { StatusCode.Unavailable },
        };
        await using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions
        {
            MeterFactory = collector,
            ServiceConfig = new ServiceConfig { MethodConfigs = { new MethodConfig { Names = { MethodName.Default }, RetryPolicy = retry } } },
        });
        var client = new Echo.EchoClient(channel);

        await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(new EchoRequest()).ResponseAsync.WithinAsync());
        using var duplex = client.Duplex();
        await duplex.RequestStream.WriteAllAsync([new EchoRequest()]).WithinAsync();
        await duplex.ResponseStream.ToListAsync().WithinAsync();
        await server.Caller.CallAsync("/made.up/Thing", new EchoRequest());

        await collector.WaitForSpansAsync(Client, 2);
        await collector.WaitForSpansAsync(Server, 4);
    }

    private static void AssertMetrics(TelemetryCollector collector, string table, string meter, string[] common)
    {
        var measured = collector.Measurements.Where(m => m.Instrument.Meter.Name == meter).ToLookup(m => m.Instrument.Name);
        Assert.Equal(Documented(table), Sorted(measured.Select(m => m.Key)));
        foreach (var row in Rows(table))
        {
            var measurements = measured[Names(row[0]).Single()].ToList();
            Assert.Equal(Names(row[1]).Single(), measurements[0].Instrument.Unit);
            Assert.Equal(Sorted([.. common, .. Names(row[2])]), Sorted(measurements.SelectMany(m => m.Tags.Keys)));
        }
    }

    private static List<string> Documented(string table) => Sorted(Rows(table).SelectMany(row => Names(row[0])));

    private static List<string> Sorted(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Names(string cell) => Code().Matches(cell).Select(match => match.Groups[1].Value);

    /// <summary>The cells of the table's rows below its head.</summary>
    private static List<string[]> Rows(string heading) =>
    [
        .. File.ReadLines(RepositoryRoot.Combine("docs", "observability.md"))
            .SkipWhile(line => line != $"### {heading}")
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Split('|')[1..^1]),
    ];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
