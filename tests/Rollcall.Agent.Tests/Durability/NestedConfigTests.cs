using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>A <c>Config</c> that is taken is there again, however deep it nests; one that is too deep is refused.</summary>
public sealed class NestedConfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-test-").FullName;

    public static TheoryData<string, int> Depths
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var body in (string[])["agent proxy", "agent upstream", "agent sidecar", "catalog proxy", "catalog upstream", "config"])
            {
                foreach (var depth in (int[])[31, 32, 33, 64, 70, 150])
                {
                    all.Add(body, depth);
                }
            }

            return all;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task ConfigThatIsTaken_IsThereAgain(string where, int depth)
    {
        var config = Nested(depth);
        var proxy = $$$"""{"DestinationServiceName":"web","Config":{{{config}}} }""";
        var upstream = $$$"""{"DestinationServiceName":"web","Upstreams":[{"DestinationName":"db","LocalBindPort":1,"Config":{{{config}}} }] }""";
        var (path, body, shown) = where switch
        {
            "agent proxy" => ("agent/service/register", $$$"""{"Name":"p","Kind":"connect-proxy","Port":1,"Proxy":{{{proxy}}} }""", "catalog/service/p"),
            "agent upstream" => ("agent/service/register", $$$"""{"Name":"p","Kind":"connect-proxy","Port":1,"Proxy":{{{upstream}}} }""", "catalog/service/p"),
            "agent sidecar" => ("agent/service/register", $$$"""{"Name":"web","Port":1,"Connect":{"SidecarService":{"Proxy":{"Config":{{{config}}} } } } }""", "catalog/service/web-sidecar-proxy"),
            "catalog proxy" => ("catalog/register", $$$"""{"Node":"n2","Address":"10.0.0.2","Service":{"Service":"p","Kind":"connect-proxy","Port":1,"Proxy":{{{proxy}}} } }""", "catalog/service/p"),
            "catalog upstream" => ("catalog/register", $$$"""{"Node":"n2","Address":"10.0.0.2","Service":{"Service":"p","Kind":"connect-proxy","Port":1,"Proxy":{{{upstream}}} } }""", "catalog/service/p"),
            _ => ("config", $$$"""{"Kind":"proxy-defaults","Name":"global","Config":{{{config}}} }""", "config/proxy-defaults/global"),
        };
        byte[] archive;
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            var answer = await before.SendAsync("PUT", path, body);
            if (depth > 32)
            {
                Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
                Assert.EndsWith(path == "config" ? "'Config' must not nest deeper than 32 levels" : "Config must not nest deeper than 32 levels", answer.Body, StringComparison.Ordinal);
                return;
            }

            Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
            Assert.Contains(config, (await before.GetAsync(shown)).Body, StringComparison.Ordinal);
            using var http = new HttpClient { BaseAddress = before.Agent.HttpAddress };
            archive = await http.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative)).WithinAsync();
        }

        await using (var again = await AgentFixture.StartAsync(_directory))
        {
            Assert.Contains(config, (await again.GetAsync(shown)).Body, StringComparison.Ordinal);
        }

        // On an agent of another name, which has nothing of its own.
        await using var other = await AgentFixture.StartAsync(configure: static options => options.NodeName = "n3");
        using var client = new HttpClient { BaseAddress = other.Agent.HttpAddress };
        using var restored = await client.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), new ByteArrayContent(archive)).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        Assert.Contains(config, (await other.GetAsync(shown)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("service", 32)]
    [InlineData("service", 33)]
    [InlineData("bootstrap", 32)]
    [InlineData("bootstrap", 33)]
    public void ConfigOfAFile_HasTheSameBound(string where, int depth)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x.json", where == "service"
            ? $$$"""{"service":{"name":"p","kind":"connect-proxy","port":1,"proxy":{"destination_service_name":"web","config":{{{Nested(depth)}}} } } }"""
            : $$$"""{"config_entries":{"bootstrap":[{"kind":"proxy-defaults","name":"global","config":{{{Nested(depth)}}} }] } }""");

        var fault = Record.Exception(configuration.ToOptions)?.Message;

        Assert.Contains(depth > 32 ? "must not nest deeper than 32 levels" : "", fault ?? "", StringComparison.Ordinal);
        Assert.Equal(depth > 32, fault is not null);
    }

    // As before there was a bound.
    [Fact]
    public void RowThatIsDeeper_IsReadAgain()
    {
        var config = Nested(200);
        var service = new NodeService
        {
            Id = "p",
            Proxy = new ServiceProxy { Upstreams = [new ServiceUpstream { DestinationName = "db", Config = ConfigReader.ElementOf(GoJsonParser.Parse(Encoding.UTF8.GetBytes(config), out _)!) }] },
        };
        var row = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(row))
        {
            RowCodec.Encode(json, StoreTable.Service, service);
        }

        var read = Assert.IsType<NodeService>(RowCodec.Decode(StoreTable.Service, row.WrittenSpan));

        Assert.Equal(config, read.Proxy!.Upstreams![0].Config!.Value.GetRawText());
    }

    private static string Nested(int depth) => depth == 1 ? """{"a":1}""" : depth % 2 == 0 ? $"{{\"a\":{Nested(depth - 1)}}}" : $"{{\"a\":{Nested(depth - 1)},\"b\":\"x\"}}";
}
