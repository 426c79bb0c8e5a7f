using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Agent;

/// <summary>What probes find and say, of instances that behave and of those that don't.</summary>
public class ProbeOutputTests
{
    private const string Plain = "Accept-Encoding: gzip|Accept: text/plain, text/*, */*|";

    // {server} stands for the address of the instance, {port} for its port.
    private static readonly (string Check, string Status, string Output)[] s_http =
    [
        (""" "HTTP":"http://{server}/stream","Timeout":"1s" """, "passing", "HTTP GET http://{server}/stream: 200 OK Output: xxxxx"),
        (""" "HTTP":"http://{server}/short" """, "passing", "HTTP GET http://{server}/short: 200 OK Output: short"),
        (""" "HTTP":"http://{server}/chunk" """, "passing", "HTTP GET http://{server}/chunk: 200 OK Output: hello"),
        (""" "HTTP":"http://{server}/gzip" """, "passing", "HTTP GET http://{server}/gzip: 200 OK Output: hello gzip"),
        (""" "HTTP":"http://{server}/nogzip" """, "passing", "HTTP GET http://{server}/nogzip: 200 OK Output: "),
        (""" "HTTP":"http://{server}/" """, "passing", $"HTTP GET http://{{server}}/: 200 OK Output: GET|{Plain}Connection: close|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://u:p%40x@{server}/" """, "passing",
            $"HTTP GET http://u:p%40x@{{server}}/: 200 OK Output: GET|{Plain}Authorization: Basic dTpwQHg=|Connection: close|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://u@{server}/" """, "passing",
            $"HTTP GET http://u@{{server}}/: 200 OK Output: GET|{Plain}Authorization: Basic dTo=|Connection: close|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://u:p@{server}/","Header":{"Authorization":["Bearer z"]} """, "passing",
            $"HTTP GET http://u:p@{{server}}/: 200 OK Output: GET|{Plain}Authorization: Bearer z|Connection: close|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://{server}/","Method":"POST","Body":"abc","Header":{"Content-Length":["5"],"Transfer-Encoding":["chunked"],"Content-Type":["a/b"]} """, "passing",
            $"HTTP POST http://{{server}}/: 200 OK Output: POST|{Plain}Connection: close|Content-Length: 3|Content-Type: a/b|User-Agent: Consul Health Check|abc"),
        (""" "HTTP":"http://{server}/","Method":"Purge","Header":{"Accept-Encoding":["br"]} """, "passing",
            "HTTP Purge http://{server}/: 200 OK Output: Purge|Accept-Encoding: br|Accept: text/plain, text/*, */*|Connection: close|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://{server}/short","Method":"get" """, "passing", "HTTP get http://{server}/short: 200 OK Output: short"),
        (""" "HTTP":"http://{server}/long","OutputMaxSize":10 """, "passing", "HTTP GET http://{server}/long: 200 OK Output: 0123456789"),
        (""" "HTTP":"http://{server}/eof" """, "critical", "Get \"http://{server}/eof\": EOF"),
        (""" "HTTP":"http://u:p%40x@127.0.0.1:1/" """, "critical", "Get \"http://u:***@127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: connection refused"),
        (""" "HTTP":"http://{server}/","Header":{"x-a":["a\r\nEvil: 1"]} """, "critical",
            """Get "http://{server}/": net/http: invalid header field value "a\r\nEvil: 1" for key x-a"""),
        (""" "HTTP":"http://{server}/","Header":{"Host":["a\nb"]} """, "critical",
            """Get "http://{server}/": net/http: invalid header field value "a\nb" for key Host"""),
        (""" "HTTP":"http://{server}/","Header":{"X-A":["\u0001\u007f\"\\é"]} """, "critical",
            """Get "http://{server}/": net/http: invalid header field value "\x01\u007f\"\\é" for key X-A"""),
        (""" "HTTP":"http://{server}/","Header":{"X Bad":["a"]} """, "critical", """Get "http://{server}/": net/http: invalid header field name "X Bad" """.TrimEnd()),
        (""" "HTTP":"http://{server}/","Header":{"X-A":["a\tb"]} """, "passing",
            $"HTTP GET http://{{server}}/: 200 OK Output: GET|{Plain}Connection: close|User-Agent: Consul Health Check|X-A: a\tb|"),
        (""" "HTTP":"http://{server}/to/302/~x","Method":"PUT","Body":"abc","Header":{"Authorization":["Bearer z"],"Cookie":["a=b"],"Content-Type":["a/b"],"X-A":["1"]} """, "passing",
            $"HTTP PUT http://{{server}}/to/302/~x: 200 OK Output: GET|{Plain}Authorization: Bearer z|Connection: close|Content-Type: a/b|Cookie: a=b|Referer: http://{{server}}/to/302/~x|User-Agent: Consul Health Check|X-A: 1|"),
        (""" "HTTP":"http://{server}/to/308/~x","Method":"PUT","Body":"abc","Header":{"Authorization":["Bearer z"],"Cookie":["a=b"],"Content-Type":["a/b"],"X-A":["1"]} """, "passing",
            $"HTTP PUT http://{{server}}/to/308/~x: 200 OK Output: PUT|{Plain}Authorization: Bearer z|Connection: close|Content-Length: 3|Content-Type: a/b|Cookie: a=b|Referer: http://{{server}}/to/308/~x|User-Agent: Consul Health Check|X-A: 1|abc"),
        (""" "HTTP":"http://{server}/to/301/http:~~localhost:{port}~x","Header":{"Authorization":["Bearer z"],"Cookie":["a=b"],"Content-Type":["a/b"],"X-A":["1"]} """, "passing",
            $"HTTP GET http://{{server}}/to/301/http:~~localhost:{{port}}~x: 200 OK Output: GET|{Plain}Connection: close|Content-Type: a/b|Referer: http://{{server}}/to/301/http:~~localhost:{{port}}~x|User-Agent: Consul Health Check|X-A: 1|"),
        (""" "HTTP":"http://u:p@{server}/to/303/~x","Method":"DELETE" """, "passing",
            $"HTTP DELETE http://u:p@{{server}}/to/303/~x: 200 OK Output: GET|{Plain}Authorization: Basic dTpw|Connection: close|Referer: http://{{server}}/to/303/~x|User-Agent: Consul Health Check|"),
        (""" "HTTP":"http://{server}/to/302/~to~307~~x","Method":"PUT","Body":"abc" """, "passing",
            $"HTTP PUT http://{{server}}/to/302/~to~307~~x: 200 OK Output: GET|{Plain}Connection: close|Content-Length: 3|Referer: http://{{server}}/to/307//x|User-Agent: Consul Health Check|abc"),
        (""" "HTTP":"http://{server}/to/302","Method":"PUT" """, "critical",
            "Put \"http://{server}/to/302\": 302 response missing Location header"),
        (""" "HTTP":"http://{server}/to/307" """, "critical",
            "HTTP GET http://{server}/to/307: 307 Moved Output: bye"),
        (""" "HTTP":"http://{server}/to/300/~x" """, "critical",
            "HTTP GET http://{server}/to/300/~x: 300 Moved Output: bye"),
        (""" "HTTP":"http://{server}/to/302/?a=b" """, "critical",
            "Get \"?a=b\": stopped after 10 redirects"),
        (""" "HTTP":"http://{server}/to/302/ftp:~~127.0.0.1~x" """, "critical",
            "Get \"ftp://127.0.0.1/x\": unsupported protocol scheme \"ftp\""),
        (""" "HTTP":"ftp://127.0.0.1/x" """, "critical",
            "Get \"ftp://127.0.0.1/x\": unsupported protocol scheme \"ftp\""),
        (""" "HTTP":"http://{server}/to/302/http:~~u:p@127.0.0.1:1~x" """, "critical",
            "Get \"http://u:***@127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused"),
        (""" "HTTP":"http://{server}/say/a%2Fb/../c%20d?e=%41%7e" """, "passing", "HTTP GET http://{server}/say/a%2Fb/../c%20d?e=%41%7e: 200 OK Output: /say/a%2Fb/../c%20d?e=%41%7e"),
        (""" "HTTP":"http://{server}/say/./a//b/[x]!$&'()*+,;=:@" """, "passing", "HTTP GET http://{server}/say/./a//b/[x]!$&'()*+,;=:@: 200 OK Output: /say/./a//b/[x]!$&'()*+,;=:@"),
        (""" "HTTP":"http://{server}/say/a b#c" """, "passing", "HTTP GET http://{server}/say/a b#c: 200 OK Output: /say/a%20b"),
        (""" "HTTP":"http://{server}/headers" """, "passing", "HTTP GET http://{server}/headers: 200 OK Output: "),
        (""" "TCP":"127.0.0.1:gopher" """, "critical", "dial tcp 127.0.0.1:70: connect: connection refused"),
        (""" "GRPC":"127.0.0.1:gopher" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp 127.0.0.1:70: connect: connection refused\""),
        (""" "TCP":":Gopher" """, "critical", "dial tcp :70: connect: connection refused"),
        (""" "GRPC":":Gopher" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp :70: connect: connection refused\""),
        (""" "TCP":"127.0.0.1:nosuch" """, "critical", "dial tcp: address tcp/nosuch: unknown port"),
        (""" "GRPC":"127.0.0.1:nosuch" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp: address tcp/nosuch: unknown port\""),
        (""" "TCP":"127.0.0.1:-1" """, "critical", "dial tcp: address -1: invalid port"),
        (""" "GRPC":"127.0.0.1:-1" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp: address -1: invalid port\""),
        (""" "TCP":"::1:80" """, "critical", "dial tcp: address ::1:80: too many colons in address"),
        (""" "GRPC":"::1:80" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp: address ::1:80: too many colons in address\""),
        (""" "TCP":"[::1]" """, "critical", "dial tcp: address [::1]: missing port in address"),
        (""" "GRPC":"[::1]" """, "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial tcp: address [::1]: missing port in address\""),
        (""" "TCP":"127.0.0.1" """, "critical", "dial tcp: address 127.0.0.1: missing port in address"),
        (""" "TCP":"127.0.0.1:99999" """, "critical", "dial tcp: address 99999: invalid port"),
    ];

    private static readonly (string Check, string Status, string Output)[] s_scripts =
    [
        (""" "Args":["seq","100"],"OutputMaxSize":20 """, "passing", "Captured 20 of 292 bytes\n...\n\n95\n96\n97\n98\n99\n100\n"),
        (""" "Args":["sh","-c","echo almost done; exec sleep 99"],"Timeout":"1s" """, "critical", "Timed out (1s) running check\n\nalmost done\n"),
        (""" "Args":["sh","-c","seq 1 2000; exec sleep 99"],"Timeout":"1500ms","OutputMaxSize":20 """, "critical",
            "Timed out (1.5s) running check\n\nCaptured 20 of 8893 bytes\n...\n1997\n1998\n1999\n2000\n"),
        (""" "Args":["sleep","99"],"Timeout":"1s" """, "critical", "Timed out (1s) running check"),
        (""" "Args":["no-such-program-of-anybody"] """, "critical", "exec: \"no-such-program-of-anybody\": executable file not found in $PATH"),
        (""" "Args":["/no/such/program"] """, "critical", "fork/exec /no/such/program: no such file or directory"),
        (""" "Args":["/etc/passwd"] """, "critical", "fork/exec /etc/passwd: permission denied"),
    ];

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Network(AgentKind kind)
    {
        await using var server = new CannedServer();
        await using var agent = await StartAsync(kind, "enable_script_checks = false");

        await AllSayAsync(agent, s_http, server.HostAndPort);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Scripts(AgentKind kind)
    {
        await using var agent = await StartAsync(kind, "enable_script_checks = true");

        await AllSayAsync(agent, s_scripts, "");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Certificates(AgentKind kind)
    {
        using var authority = new TestCertificates();
        using var ofAddress = authority.Issue("127.0.0.1");
        using var ofName = authority.Issue("example.org");
        await using var app = await StartTlsAsync(ofAddress, ofName);
        var (byAddress, byName) = (new Uri(app.Urls.First()).Port, new Uri(app.Urls.Last()).Port);
        await using var agent = await StartAsync(kind, "enable_script_checks = false");

        await AllSayAsync(
            agent,
            [
                Refused($"https://127.0.0.1:{byAddress}/", "x509: certificate signed by unknown authority"),
                Refused($"https://127.0.0.1:{byName}/", "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"),
                Refused($"https://localhost:{byName}/", "x509: certificate is valid for example.org, not localhost"),
                Refused($"https://localhost:{byAddress}/", "x509: certificate is not valid for any names, but wanted to match localhost"),
                ($""" "HTTP":"https://localhost:{byName}/","TLSSkipVerify":true """, "passing", $"HTTP GET https://localhost:{byName}/: 200 OK Output: fine"),
                ($""" "GRPC":"localhost:{byName}","GRPCUseTLS":true """, "critical",
                    "rpc error: code = Unavailable desc = connection error: desc = \"transport: authentication handshake failed: x509: certificate is valid for example.org, not localhost\""),
            ],
            "");
        static (string, string, string) Refused(string url, string why) => ($""" "HTTP":"{url}" """, "critical", $"Get \"{url}\": {why}");
    }

    /// <summary>Both sides' ports are in Consul's text.</summary>
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ConnectionIsReset(AgentKind kind)
    {
        await using var server = new CannedServer();
        await using var agent = await StartAsync(kind, "enable_script_checks = false");
        await RegisterAsync(agent, "c", $""" "HTTP":"http://{server.HostAndPort}/reset" """);

        await Eventually.TrueAsync(async () => (await OutputAsync(agent, "c")) is var output
            && output.StartsWith($"Get \"http://{server.HostAndPort}/reset\": read tcp ", StringComparison.Ordinal)
            && output.EndsWith($"{server.HostAndPort}: read: connection reset by peer", StringComparison.Ordinal));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task LimitOfTheAgent_HoldsForAllItsChecks(AgentKind kind)
    {
        await using var agent = await StartAsync(kind, "enable_script_checks = true check_output_max_size = 30");
        await RegisterAsync(agent, "script", """ "Args":["seq","100"],"OutputMaxSize":100 """);
        await RegisterAsync(agent, "less", """ "Args":["seq","100"],"OutputMaxSize":4 """);
        _ = await agent.PutAsync("/v1/agent/check/register", """{"Name":"ttl","TTL":"1h"}""");
        _ = await agent.PutAsync("/v1/agent/check/pass/ttl?note=" + string.Concat(Enumerable.Repeat("0123456789", 5)));

        Assert.Equal("012345678901234567890123456789 ... (captured 30 of 50 bytes)", await OutputAsync(agent, "ttl"));
        await Eventually.TrueAsync(async () => await OutputAsync(agent, "script") == "Captured 30 of 292 bytes\n...\n1\n92\n93\n94\n95\n96\n97\n98\n99\n100\n"
            && await OutputAsync(agent, "less") == "Captured 4 of 292 bytes\n...\n100\n");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public Task OutputAlone_ReachesTheCatalogWithinTheUpdateInterval(AgentKind kind) => OutputAloneReachesTheCatalogAsync(kind, "1s");

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public Task OutputAlone_ReachesTheCatalogAtOnceWithoutAnUpdateInterval(AgentKind kind) => OutputAloneReachesTheCatalogAsync(kind, "0s");

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task OutputThatIsDiscarded_IsNowhere(AgentKind kind)
    {
        await using var agent = await StartAsync(kind, "discard_check_output = true");
        _ = await agent.PutAsync("/v1/agent/check/register", """{"Name":"c","TTL":"1h"}""");

        _ = await agent.PutAsync("/v1/agent/check/warn/c?note=secret");

        var check = (await agent.GetAsync("/v1/agent/checks")).Json!["c"]!;
        Assert.Equal(("warning", ""), (check["Status"]!.GetValue<string>(), check["Output"]!.GetValue<string>()));
    }

    private static async Task OutputAloneReachesTheCatalogAsync(AgentKind kind, string updateInterval)
    {
        await using var agent = await StartAsync(kind, $"check_update_interval = \"{updateInterval}\"");
        _ = await agent.PutAsync("/v1/agent/check/register", """{"Name":"c","TTL":"1h"}""");
        await Eventually.TrueAsync(async () => await CatalogOutputAsync(agent) is not null);

        _ = await agent.PutAsync("/v1/agent/check/fail/c?note=still+broken");

        await Eventually.TrueAsync(async () => await CatalogOutputAsync(agent) == "still broken");
    }

    private static async Task<WebApplication> StartTlsAsync(params X509Certificate2[] certificates)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var certificate in certificates)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
            }
        });
        _ = builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("fine"));
        await app.StartAsync();
        return app;
    }

    private static async Task AllSayAsync(TestedAgent agent, (string Check, string Status, string Output)[] rows, string server)
    {
        foreach (var (row, i) in rows.Select(static (row, i) => (row, i)))
        {
            await RegisterAsync(agent, $"c{i}", Fill(row.Check));
        }

        List<string> differences = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var checks = (await agent.GetAsync("/v1/agent/checks")).Json!;
                differences.Clear();
                foreach (var (row, i) in rows.Select(static (row, i) => (row, i)))
                {
                    var check = checks[$"c{i}"]!;
                    var (status, output) = (check["Status"]!.GetValue<string>(), check["Output"]!.GetValue<string>());
                    if (status != row.Status || output != Fill(row.Output))
                    {
                        differences.Add($"{row.Check}\n  is {status}: {output}\n  not {row.Status}: {row.Output}");
                    }
                }

                return differences.Count == 0;
            },
            because: () => string.Join('\n', differences));
        string Fill(string text) => text.Replace("{server}", server, StringComparison.Ordinal).Replace("{port}", server[(server.IndexOf(':', StringComparison.Ordinal) + 1)..], StringComparison.Ordinal);
    }

    private static Task<Answer> RegisterAsync(TestedAgent agent, string id, string check) =>
        agent.PutAsync("/v1/agent/check/register", $$"""{"Name":"{{id}}","Interval":"1s",{{check}}}""");

    private static async Task<string> OutputAsync(TestedAgent agent, string id) => (await agent.GetAsync("/v1/agent/checks")).Json![id]!["Output"]!.GetValue<string>();

    private static async Task<string?> CatalogOutputAsync(TestedAgent agent) =>
        (await agent.GetAsync("/v1/health/node/node1")).Json!.AsArray().FirstOrDefault(static check => check!["CheckID"]!.GetValue<string>() == "c")?["Output"]!.GetValue<string>();

    private static Task<TestedAgent> StartAsync(AgentKind kind, string hcl)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl, "hcl");
        return kind == AgentKind.Embedded
            ? TestedAgent.StartEmbeddedAsync(configuration.ToOptions())
            : TestedAgent.StartConsulAsync(new RealConsulOptions { ExtraArguments = { "-hcl", hcl } });
    }
}
