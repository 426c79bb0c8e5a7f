using System.Globalization;
using System.Net;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Programs;

/// <summary>Programs that others wrote, on the agent's DNS.</summary>
public sealed class DnsProgramTests : IAsyncLifetime
{
    private TestedAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await TestedAgent.StartEmbeddedAsync();

    public async Task DisposeAsync() => await _agent.DisposeAsync();

    [RequiresCommandFact("dig")]
    public async Task Dig_ReadsEveryKindOfRecord()
    {
        await _agent.RegisterAsync("web", "web1", """ "Address":"10.0.0.1","Port":8001,"Tags":["v1"] """);
        await _agent.RegisterAsync("six", "six1", """ "Address":"fd00::1","Port":8001 """);
        await _agent.PutAsync("/v1/catalog/register", """{"Node":"ext","Address":"192.0.2.7","NodeMeta":{"zone":"a b"}}""");

        Assert.Equal("10.0.0.1", await DigAsync("web.service.consul", "A"));
        Assert.Equal("10.0.0.1", await DigAsync("+tcp", "v1.web.service.dc1.consul", "A"));
        Assert.Equal("1 1 8001 0a000001.addr.dc1.consul.", await DigAsync("_web._v1.service.consul", "SRV"));
        Assert.Equal("fd00::1", await DigAsync("six.service.consul", "AAAA"));
        Assert.Equal("\"zone=a b\"", await DigAsync("ext.node.consul", "TXT"));
        Assert.Equal("ext.node.dc1.consul.", await DigAsync("-x", "192.0.2.7"));
        Assert.Equal("six.service.dc1.consul.", await DigAsync("-x", "fd00::1"));
        Assert.Equal("node1.node.dc1.consul.", await DigAsync("consul", "NS"));
        Assert.Contains("status: NXDOMAIN", (await RunDigAsync("nope.service.consul", "A")).Output, StringComparison.Ordinal);
        Assert.Contains("status: REFUSED", (await RunDigAsync("example.org", "A")).Output, StringComparison.Ordinal);
    }

    [RequiresCommandFact("haproxy")]
    public async Task LoadBalancer_FollowsInstancesThatComeAndGo()
    {
        using var first = new NamedServer("first");
        using var second = new NamedServer("second");
        await RegisterAsync(first);
        var port = FreePort.Next();
        var configuration = Path.GetTempFileName();
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            global
              maxconn 100
            defaults
              mode http
              retries 3
              option redispatch
              timeout connect 2s
              timeout client 10s
              timeout server 10s
            resolvers rollcall
              nameserver agent {_agent.Dns}
              accepted_payload_size 8192
              timeout resolve 1s
              timeout retry 1s
              hold valid 1s
              hold obsolete 0s
            frontend all
              bind 127.0.0.1:{port}
              default_backend web
            backend web
              server-template web 5 _web._tcp.service.consul resolvers rollcall init-addr none

            """));
        try
        {
            await using var haproxy = ChildProcess.Start("haproxy", ["-db", "-f", configuration]);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
            await SeenAsync("first");

            await RegisterAsync(second);
            await SeenAsync("first", "second");

            await _agent.PutAsync("/v1/agent/service/deregister/first");
            await SeenAsync("second");

            Task SeenAsync(params string[] expected) => Eventually.TrueAsync(
                async () => (await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => AskAsync()))).Distinct().Order(StringComparer.Ordinal).SequenceEqual(expected),
                TimeSpan.FromSeconds(60),
                () => haproxy.Output + haproxy.Error);

            async Task<string> AskAsync()
            {
                try
                {
                    using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
                    return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : response.StatusCode.ToString();
                }
                catch (HttpRequestException exception)
                {
                    return exception.HttpRequestError.ToString();
                }
            }
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    [RequiresCommandFact("dnsmasq")]
    public async Task Forwarder_SendsTheZoneHere()
    {
        await _agent.RegisterAsync("web", "web1", """ "Address":"10.0.0.1","Port":8001 """);
        var forwarder = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        await using var dnsmasq = ChildProcess.Start("dnsmasq", [
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--log-facility=-", "--pid-file=", $"--user={Environment.UserName}",
            $"--port={forwarder.Port}", "--listen-address=127.0.0.1", "--bind-interfaces", $"--server=/consul/127.0.0.1#{_agent.Dns.Port}"]);
        await Eventually.TrueAsync(
            async () =>
            {
                using var probe = new System.Net.Sockets.TcpClient();
                return !dnsmasq.HasExited && await probe.ConnectAsync(forwarder).ContinueWith(connected => connected.IsCompletedSuccessfully, TaskScheduler.Default);
            },
            TimeSpan.FromSeconds(30),
            () => dnsmasq.Output + dnsmasq.Error);

        var answer = await DnsProbe.AskAsync(forwarder, "web.service.consul", DnsType.Srv);

        Assert.Equal("0a000001.addr.dc1.consul.", Assert.IsType<SrvRecord>(Assert.Single(answer.Answers)).Target);
        Assert.Equal(DnsResponseCode.NameError, (await DnsProbe.AskAsync(forwarder, "nope.service.consul", DnsType.A)).Header.ResponseCode);
        Assert.Equal(
            IPAddress.Parse("10.0.0.1"), Assert.IsType<AddressRecord>(Assert.Single((await DnsProbe.AskAsync(forwarder, "web.service.consul", DnsType.A, tcp: true)).Answers)).Address);
    }

    private async Task RegisterAsync(NamedServer server) =>
        await _agent.RegisterAsync("web", server.Name, string.Create(CultureInfo.InvariantCulture, $""" "Address":"127.0.0.1","Port":{server.Port} """));

    private async Task<string> DigAsync(params string[] arguments) => (await RunDigAsync([.. arguments, "+short"])).Output.Trim();

    private async Task<ProcessOutput> RunDigAsync(params string[] arguments)
    {
        var output = await ChildProcess.RunAsync("dig", ["@127.0.0.1", "-p", _agent.Dns.Port.ToString(CultureInfo.InvariantCulture), "+tries=1", "+time=10", .. arguments]);
        Assert.Equal(0, output.ExitCode);
        return output;
    }
}
