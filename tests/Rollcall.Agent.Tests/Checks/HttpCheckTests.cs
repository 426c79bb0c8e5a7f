using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class HttpCheckTests
{
    [Theory]
    [InlineData(200, "passing", "200 OK")]
    [InlineData(204, "passing", "204 No Content")]
    [InlineData(299, "passing", "299 ")]
    [InlineData(429, "warning", "429 Too Many Requests")]
    [InlineData(304, "critical", "304 Not Modified")]
    [InlineData(404, "critical", "404 Not Found")]
    [InlineData(503, "critical", "503 Service Unavailable")]
    public async Task Answer_StatusFollowsTheCode(int code, string expected, string line)
    {
        var body = code is 204 or 304 ? "" : "hello";
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = code;
            return body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body);
        });
        await using var rig = new CheckRig();
        var url = $"http://{server.HostAndPort}/health?x=1";
        Assert.Equal(
            ("c1", expected, $"HTTP GET {url}: {line} Output: {body}"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, url)));
    }

    [Fact]
    public async Task MethodHeadersAndBody_AreSent()
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            seen.TrySetResult(string.Join(
                '|', context.Request.Method, headers.Host, headers["X-Two"], headers.ContentType, headers.UserAgent, await reader.ReadToEndAsync()));
        });
        await using var rig = new CheckRig();
        var result = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/") with
        {
            Method = "put",
            Body = "{\"a\":1}",
            Header = new Dictionary<string, IReadOnlyList<string>>
            {
                ["Host"] = ["orders.example"],
                ["X-Two"] = ["1", "2"],
                ["Content-Type"] = ["application/json"],
            },
        });
        Assert.Equal("passing", result.Status);
        Assert.Equal("PUT|orders.example|1,2|application/json|Consul Health Check|{\"a\":1}", (await seen.Task.WithinAsync()).Replace(", ", ",", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UserAgent_IsTheFirstThatIsGiven()
    {
        var seen = "";
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            seen = context.Request.Headers.UserAgent.ToString();
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(
            CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/") with { Header = new Dictionary<string, IReadOnlyList<string>> { ["user-agent"] = ["x", "y"] } });

        Assert.Equal(("passing", "x"), (result.Status, seen));
    }

    [Fact]
    public async Task HeaderWithOtherLetters_IsSentAsUtf8()
    {
        // Kestrel reads UTF-8.
        var seen = "";
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            seen = context.Request.Headers["X-Team"].ToString();
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(
            CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/") with { Header = new Dictionary<string, IReadOnlyList<string>> { ["X-Team"] = ["Zürich"] } });

        Assert.Equal(("passing", "Zürich"), (result.Status, seen));
    }

    /// <summary>As in Consul, the name of the certificate that an instance must have is that of the URL; <c>Host</c> is for whoever reads the request.</summary>

    [Theory]
    [InlineData(true, "passing", "")]
    [InlineData(false, "critical", "x509: certificate signed by unknown authority")]
    public async Task HostOfTheCheck_IsNotTheNameOfTheCertificate(bool skipVerify, string status, string fault)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        var (names, host) = (new ConcurrentQueue<string?>(), "");
        await using var server = await LoopbackServer.StartAsync(
            context =>
            {
                host = context.Request.Host.Value;
                return Task.CompletedTask;
            },
            tls: new HttpsConnectionAdapterOptions
            {
                ServerCertificateSelector = (_, name) =>
                {
                    names.Enqueue(name);
                    return certificate;
                },
            });
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"https://localhost:{server.HostAndPort.Split(':')[1]}/") with
        {
            TlsSkipVerify = skipVerify,
            Header = new Dictionary<string, IReadOnlyList<string>> { ["Host"] = ["orders.example"] },
        });

        Assert.Equal((status, skipVerify ? "orders.example" : ""), (result.Status, host));
        Assert.Contains(fault, result.Output, StringComparison.Ordinal);
        Assert.All(names, static name => Assert.Equal("localhost", name));
        Assert.NotEmpty(names);
    }

    [Theory]
    [InlineData("X-A", "a\r\nEvil: 1", """invalid header field value "a\r\nEvil: 1" for key X-A""")]
    [InlineData("Content-Type", "a\nb", """invalid header field value "a\nb" for key Content-Type""")]
    [InlineData("X A", "a", "invalid header field name \"X A\"")]
    public async Task HeaderThatIsNone_IsNotSent(string name, string value, string fault)
    {
        var requests = 0;
        await using var server = await LoopbackServer.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        var url = $"http://{server.HostAndPort}/";

        var result = await rig.FirstResultAsync(
            CheckRig.Spec(CheckKind.Http, url) with { Header = new Dictionary<string, IReadOnlyList<string>> { [name] = [value] } });

        Assert.Equal(("c1", "critical", $"Get \"{url}\": net/http: {fault}"), result);
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task LargeBody_KeepsItsLast4096Bytes()
    {
        await using var server = await LoopbackServer.StartAsync(
            context => context.Response.WriteAsync("first" + new string('x', 100_000) + "last"));
        await using var rig = new CheckRig();
        var (_, _, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/"));
        var body = output[(output.IndexOf("Output: ", StringComparison.Ordinal) + 8)..];
        Assert.Equal(new string('x', 4092) + "last", body);
    }

    [Fact]
    public async Task Redirect_IsFollowed()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path != "/there")
            {
                context.Response.Redirect("/there");
            }

            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        Assert.Equal("passing", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/here"))).Status);
    }

    [Fact]
    public async Task EveryProbe_IsANewConnection()
    {
        var connections = new ConcurrentQueue<string>();
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            connections.Enqueue(context.Connection.Id);
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/"));
        await rig.NextResultAsync();
        await rig.NextResultAsync();
        Assert.Equal(3, connections.Distinct().Count());
    }

    [Fact]
    public async Task NobodyListens_IsCriticalInConsulsWords()
    {
        var hostAndPort = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}");
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", $"Get \"http://{hostAndPort}/x\": dial tcp {hostAndPort}: connect: connection refused"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{hostAndPort}/x")));
    }

    [Fact]
    public async Task NoAnswerWithinTheTimeout_IsCritical()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var rig = new CheckRig();
        var url = $"http://{server.HostAndPort}/";
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Http, url) with { Timeout = TimeSpan.FromSeconds(3) });
        await rig.PassFirstDelayAsync();
        await asked.Task.WithinAsync();
        Assert.False(rig.Sink.HasReport);

        rig.Time.Advance(TimeSpan.FromSeconds(3));
        var (_, status, output) = await rig.Sink.NextAsync();
        Assert.Equal("critical", status);
        Assert.StartsWith($"Get \"{url}\": context deadline exceeded", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoAnswerAfterARedirect_NamesWhereItWentTo()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path != "/there")
            {
                context.Response.Redirect("/there");
                return Task.CompletedTask;
            }

            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var rig = new CheckRig();
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/here") with { Timeout = TimeSpan.FromSeconds(3) });
        await rig.PassFirstDelayAsync();
        await asked.Task.WithinAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(
            ("c1", "critical", $"Get \"http://{server.HostAndPort}/there\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
            await rig.Sink.NextAsync());
    }

    /// <summary>A stream that never ends, longer than what the system holds for a reader: it is read when the time is over.</summary>

    [Fact]
    public async Task BodyThatIsNotThereInTime_IsOutputAsFarAsItCame()
    {
        var isRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var block = Enumerable.Repeat((byte)'x', 64 * 1024).ToArray();
            for (var written = 0; !context.RequestAborted.IsCancellationRequested; written += block.Length)
            {
                await context.Response.Body.WriteAsync(block, CancellationToken.None);
                if (written > 64 * 1024 * 1024)
                {
                    isRead.TrySetResult();
                }
            }
        });
        using var probe = new HttpCheck();
        using var deadline = new CancellationTokenSource();
        var url = $"http://{server.HostAndPort}/";
        var result = probe.RunAsync(CheckRig.Spec(CheckKind.Http, url), deadline.Token);
        await isRead.Task.WithinAsync();

        await deadline.CancelAsync();

        Assert.Equal(new ProbeResult("passing", $"HTTP GET {url}: 200 OK Output: {new string('x', 4096)}"), await result.WithinAsync());
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("")]
    public async Task BrokenAnswer_IsCriticalAndTheLoopGoesOn(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var peer = AnswerAllAsync(listener, Encoding.ASCII.GetBytes(answer), stop.Token);
        await using (var rig = new CheckRig())
        {
            var first = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{listener.LocalEndpoint}/"));
            foreach (var (_, status, output) in new[] { first, await rig.NextResultAsync() })
            {
                Assert.Equal("critical", status);
                Assert.StartsWith("Get \"http://", output, StringComparison.Ordinal);
            }
        }

        await stop.CancelAsync();
        await peer.WithinAsync();
    }

    [Theory]
    [InlineData("https://127.0.0.1:1/", "http://127.0.0.1:1/", true, null)]
    [InlineData("https://127.0.0.1:1/", "http://127.0.0.1:2/", false, null)]
    [InlineData("http://u:p@orders.example/a?b=%2F", "http://sub.orders.example/", true, "http://orders.example/a?b=%2F")]
    [InlineData("http://orders.example/", "http://myorders.example/", false, "http://orders.example/")]
    [InlineData("http://orders.example/", "https://orders.example/", false, "http://orders.example/")]
    public void Redirect_TakesSecretsToTheSameHostAndThoseBelowIt_AndNoRefererOutOfTls(string from, string to, bool takes, string? referer)
    {
        var hop = new HttpHop(new Uri(from), "GET").Follow(302, to, new Uri(to));

        Assert.Equal((takes, takes, true), (hop.Takes("authorization"), hop.Takes("Cookie"), hop.Takes("X-A")));
        Assert.Equal(referer, hop.Referer);
    }

    [Fact]
    public void HostOfTheCheck_IsGoneWithTheFirstRedirectThatNamesOne()
    {
        var here = new Uri("http://127.0.0.1/");
        var relative = new HttpHop(here, "GET").Follow(302, "/x", here);

        Assert.True(relative.Takes("Host"));
        Assert.False(relative.Follow(302, here.AbsoluteUri, here).Follow(302, "/x", here).Takes("host"));
    }

    [Fact]
    public void SecretThatWasHeldBack_StaysSo()
    {
        var other = new Uri("http://other.example/");

        var hop = new HttpHop(new Uri("http://orders.example/"), "GET").Follow(302, other.AbsoluteUri, other).Follow(302, "/", other);

        Assert.False(hop.Takes("Authorization"));
    }

    /// <summary>The HTTP stack asks again on a new connection when one ends without a byte, so there may be more than one per probe.</summary>
    private static async Task AnswerAllAsync(TcpListener listener, byte[] answer, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var peer = await listener.AcceptTcpClientAsync(stop);
                var stream = peer.GetStream();
                await stream.ReadAtLeastAsync(new byte[16], 1, throwOnEndOfStream: false, stop);
                await stream.WriteAsync(answer, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }
}
