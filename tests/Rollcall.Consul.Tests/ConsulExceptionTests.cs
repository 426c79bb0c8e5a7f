using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

public sealed class ConsulExceptionTests
{
    [Fact]
    public async Task ServerSaysNo_MessageHasOperationAddressStatusAndReason()
    {
        await using var peer = await LoopbackPeer.StartAsync(500, "CheckID \"x\" does not have associated TTL\n");
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.PassAsync("x").WithinAsync());
        Assert.Equal(
            $"PUT /v1/agent/check/pass/x at {peer.Address.AbsoluteUri.TrimEnd('/')} failed: 500 CheckID \"x\" does not have associated TTL.", e.Message);
        Assert.Equal(
            (ConsulErrorOrigin.Server, HttpStatusCode.InternalServerError, "PUT /v1/agent/check/pass/x", "CheckID \"x\" does not have associated TTL"),
            (e.Origin, e.StatusCode!.Value, e.Operation, e.Body));
    }

    [Fact]
    public async Task AnswerWithoutEnd_IsGivenUpAtTheLimit()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.Headers["X-Consul-Index"] = "7";
            await context.Response.WriteAsync("[{}");
            var piece = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(",{}", 10_000)));
            while (true)
            {
                context.RequestAborted.ThrowIfCancellationRequested();
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        });
        using var client = TestClients.For(peer.Address, static o => o.MaxAnswerBytes = 100_000);
        foreach (var read in (Func<Task>[])[
            () => client.Health.ServiceAsync("web"), () => client.Catalog.NodesAsync(), async () => await client.Health.WatchServiceAsync("web").GetAsyncEnumerator().MoveNextAsync()])
        {
            var e = await Assert.ThrowsAsync<ConsulException>(() => read().WithinAsync());
            Assert.Equal(ConsulErrorOrigin.InvalidResponse, e.Origin);
            Assert.EndsWith("the answer has more than 100000 bytes. If it is Consul that answers there, raise ConsulClientOptions.MaxAnswerBytes.", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnswerAsLongAsTheLimit_IsRead_AndListsOfValuesAreOfAnyLength()
    {
        var list = $"[{string.Join(',', Enumerable.Repeat("\"k\"", 100))}]";
        await using var peer = await LoopbackPeer.StartAsync(context =>
        {
            context.Response.Headers["X-Consul-Index"] = "7";
            return context.Response.WriteAsync(context.Request.Query.ContainsKey("recurse") ? $"[{string.Join(',', Enumerable.Repeat("""{"Key":"k","Value":"eA=="}""", 100))}]" : list);
        });
        using var client = TestClients.For(peer.Address, o => o.MaxAnswerBytes = list.Length);
        Assert.Equal(100, (await client.Kv.KeysAsync("").WithinAsync()).Value.Count);
        Assert.Equal(100, (await client.Kv.ListAsync("").WithinAsync()).Value.Count);
        using var strict = TestClients.For(peer.Address, o => o.MaxAnswerBytes = list.Length - 1);
        await Assert.ThrowsAsync<ConsulException>(() => strict.Kv.KeysAsync("").WithinAsync());
    }

    [Theory]
    [InlineData(403, "CONSUL_HTTP_TOKEN")]
    [InlineData(301, "Redirects are not followed")]
    [InlineData(429, "http_max_conns_per_client")]
    [InlineData(404, "CONSUL_HTTP_ADDR")]
    public async Task Status_BringsAdvice(int status, string advice)
    {
        await using var peer = await LoopbackPeer.StartAsync(status, "no");
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Permission denied", "Put a token that may do this into ")]
    [InlineData("ACL not found", "The agent knows no such token, or it has expired: put another one into ")]
    [InlineData("rpc error making call: ACL not found", "The agent knows no such token, or it has expired: put another one into ")]
    public async Task Refusal_NamesThePlaceOfTheToken(string said, string advice)
    {
        await using var peer = await LoopbackPeer.StartAsync(403, said);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "t0ken");
            var isUnknown = said.EndsWith("ACL not found", StringComparison.Ordinal);
            var restart = isUnknown ? " A process that runs takes it when it is started again; one with CONSUL_HTTP_TOKEN_FILE, as it runs." : "";
            var again = isUnknown ? " It is read again after a refusal like this." : "";
            Assert.EndsWith($"403 {said}. {advice}CONSUL_HTTP_TOKEN.{restart}", await MessageAsync(_ => null), StringComparison.Ordinal);
            Assert.EndsWith($"{advice}CONSUL_HTTP_TOKEN.{restart}", await MessageAsync(name => name == "CONSUL_HTTP_TOKEN" ? "t0ken" : null), StringComparison.Ordinal);
            Assert.EndsWith($"{advice}{file} (CONSUL_HTTP_TOKEN_FILE).{again}", await MessageAsync(name => name == "CONSUL_HTTP_TOKEN_FILE" ? file : null), StringComparison.Ordinal);
            Assert.EndsWith($"{advice}ConsulClientOptions.Token.", await MessageAsync(_ => null, options => options.Token = "t0ken"), StringComparison.Ordinal);
            Assert.EndsWith(
                $"{advice}a vault.",
                await MessageAsync(_ => null, options => (options.Token, options.TokenOrigin) = ("t0ken", "a vault")),
                StringComparison.Ordinal);
            Assert.EndsWith($"{advice}ConsulQuery.Token.", await MessageAsync(_ => null, query: new ConsulQuery { Token = "t0ken" }), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }

        async Task<string> MessageAsync(Func<string, string?> environment, Action<ConsulClientOptions>? configure = null, ConsulQuery? query = null)
        {
            var options = ConsulClientOptions.FromEnvironment(environment);
            options.Address = peer.Address;
            configure?.Invoke(options);
            using var client = new ConsulClient(options);
            var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k", query).WithinAsync());
            Assert.DoesNotContain("t0ken", e.ToString(), StringComparison.Ordinal);
            return e.Message;
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("me:wr0ng")]
    public async Task ProxyThatAsksForBasic_IsToldWhereItsPasswordGoes(string? given)
    {
        await using var peer = await LoopbackPeer.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"consul\"";
            return context.Response.WriteAsync("Authorization Required");
        });
        using var client = TestClients.For(peer.Address, o => o.HttpAuth = given);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.EndsWith(
            "failed: 401 Authorization Required. A user and a password that are known there are asked for: put user:password into CONSUL_HTTP_AUTH or ConsulClientOptions.HttpAuth.",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentWithoutAccessRules_IsNotAskedWithAnotherToken()
    {
        await using var peer = await LoopbackPeer.StartAsync(401, "ACL support disabled");
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Raw.ReadAsync(["acl", "tokens"]).WithinAsync());
        Assert.EndsWith("failed: 401 ACL support disabled. Access rules are off at the agent: switch them on there (acl.enabled = true).", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("so", "so it is")]
    [InlineData("so:", "so it is")]
    [InlineData("so:it", "so [password] is")]
    public async Task Password_IsHidden_AndNothingElse(string given, string said)
    {
        await using var peer = await LoopbackPeer.StartAsync(500, "so it is");
        using var client = TestClients.For(peer.Address, o => o.HttpAuth = given);
        Assert.Equal(said, (await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync())).Body);
    }

    [Theory]
    [InlineData(301, "<a href=\"/v1/kv/a\">Moved Permanently</a>.\n\n", "failed: 301. Redirects are not followed")]
    [InlineData(413, "value is too large, see kv_max_value_size.", "failed: 413 value is too large, see kv_max_value_size. Store less")]
    public async Task WhatTheServerSaid_IsOneSentence_AndNoHtml(int status, string said, string expected)
    {
        await using var peer = await LoopbackPeer.StartAsync(status, said);
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Equal(said.Trim(), e.Body);
    }

    /// <summary>Something answers, so it is of no use to start an agent there.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[", "broke its answer off (", "something between cuts answers off")]
    [InlineData("220 mail.example.com ESMTP\r\n\r\n", "answers, but not as HTTP does (", "Is something else listening there?")]
    public async Task AnswerThatIsNone_IsNotTakenForAnAgentThatIsDown(string bytes, string what, string advice)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var socket = await listener.AcceptSocketAsync();
            var buffer = new byte[4096];
            await socket.ReceiveAsync(buffer);
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(bytes));
            socket.Shutdown(SocketShutdown.Both);
        });
        using var client = TestClients.For(new Uri($"http://{listener.LocalEndpoint}"));

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());

        await serving.WithinAsync();
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("agent -dev", e.Message, StringComparison.Ordinal);
        Assert.Equal((ConsulErrorOrigin.Unreachable, false), (e.Origin, e.WasNeverSent));
    }

    [Fact]
    public async Task AddressOfAnotherMachine_IsNoPlaceToStartAnAgentOfOnesOwn()
    {
        using var client = TestClients.For(new Uri("http://agent.invalid:8500"));

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());

        Assert.Contains("can't be reached", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("agent -dev", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SocketThatIsNotThere_IsSaidToBe()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var client = TestClients.For(new Uri("unix:///no/such/consul.sock"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());
        Assert.Contains("unix:///no/such/consul.sock can't be reached (there is no such socket). Is an agent running there?", e.Message, StringComparison.Ordinal);
        Assert.True(e.WasNeverSent);
    }

    [Theory]
    [InlineData(503, "7", 7.0)]
    [InlineData(429, "1", 1.0)]
    [InlineData(503, "Sat, 01 Jan 2000 00:00:10 GMT", 10.0)]
    [InlineData(503, "Fri, 31 Dec 1999 00:00:10 GMT", null)]
    [InlineData(503, "soon", null)]
    [InlineData(500, null, null)]
    public async Task AgentAsksToBeLeftAlone_ExceptionSaysForHowLong(int status, string? header, double? seconds)
    {
        await using var peer = await LoopbackPeer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        var time = new FakeTimeProvider(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var client = new ConsulClient(TestClients.Options(peer.Address), time);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.Equal(seconds, e.RetryAfter?.TotalSeconds);
        Assert.Equal(seconds is not null, e.Message.EndsWith($" It asks to come back in {seconds} s.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(500, "dc9", null, true)]
    [InlineData(400, null, "bad", true)]
    [InlineData(500, null, null, false)]
    [InlineData(503, "dc9", "bad", false)]
    public async Task RefusedDatacenterOrFilter_BringsAdvice(int status, string? datacenter, string? filter, bool expected)
    {
        await using var peer = await LoopbackPeer.StartAsync(status, "no");
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(
            () => client.Health.ServiceAsync("web", new InstanceQuery { Datacenter = datacenter, Filter = filter }).WithinAsync());
        Assert.Equal(expected, e.Message.Contains("Look whether the datacenter and the filter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LongBody_IsCapped_AndTheTokenRemoved()
    {
        var basic = Convert.ToBase64String("me:secret-password"u8);
        await using var peer = await LoopbackPeer.StartAsync(403, $"secret-token {basic} secret-password " + new string('x', 5000));
        using var client = TestClients.For(peer.Address, o => (o.Token, o.HttpAuth) = ("secret-token", "me:secret-password"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.Equal(512, e.Body!.Length);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(basic, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorInAnUnknownEncoding_IsReadAllTheSame()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.StatusCode = 500;
            context.Response.ContentType = "text/plain; charset=bogus";
            await context.Response.WriteAsync("No cluster leader");
        });
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("k").WithinAsync());
        Assert.Equal("No cluster leader", e.Body);
    }

    [Fact]
    public async Task TokenThatNoHeaderCanCarry_IsRefused_AndNotRepeated()
    {
        using var client = TestClients.For(new Uri("http://127.0.0.1:1"));
        var e = await Assert.ThrowsAsync<ArgumentException>(() => client.Kv.GetAsync("k", new() { Token = "secret\r\nX: y" }));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyListens_MessageSaysHowToStartAnAgent()
    {
        using var client = TestClients.For(new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.SelfAsync().WithinAsync());
        Assert.Equal((ConsulErrorOrigin.Unreachable, null), (e.Origin, e.StatusCode));
        Assert.Contains("Start one with `rollcall agent -dev`, or set CONSUL_HTTP_ADDR", e.Message, StringComparison.Ordinal);
        Assert.Contains("refused", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[{\"Node\":")]
    [InlineData("{}")]
    public async Task SomethingElseAnswers_InvalidResponse(string body)
    {
        await using var peer = await LoopbackPeer.StartAsync(200, body);
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());
        Assert.Equal((ConsulErrorOrigin.InvalidResponse, HttpStatusCode.OK), (e.Origin, e.StatusCode!.Value));
        e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("k", "v").WithinAsync());
        Assert.Equal(ConsulErrorOrigin.InvalidResponse, e.Origin);
    }

    [Fact]
    public async Task ConnectionBreaksInTheAnswer_Unreachable()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("[");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());
        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
    }

    [Fact]
    public async Task NotHttp_Unreachable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var greeting = Task.Run(async () =>
        {
            using var accepted = await listener.AcceptTcpClientAsync();
            await accepted.GetStream().WriteAsync("SSH-2.0-x\r\n"u8.ToArray());
        });
        using var client = TestClients.For(new Uri($"http://{listener.LocalEndpoint}"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.SelfAsync().WithinAsync());
        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
        await greeting.WithinAsync();
    }

    [Fact]
    public async Task NoAnswer_TimesOutAfterTheTimeout_WhichForABlockingQueryIsLonger()
    {
        await using var peer = await LoopbackPeer.StartAsync(c => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted));
        var time = new FakeTimeProvider();
        using var client = new ConsulClient(TestClients.Options(peer.Address, o => o.Timeout = TimeSpan.FromSeconds(4)), time);

        var plain = client.Agent.SelfAsync();
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(4));
        time.Advance(TimeSpan.FromSeconds(4));
        var e = await Assert.ThrowsAsync<ConsulException>(() => plain.WithinAsync());
        Assert.Equal((ConsulErrorOrigin.Timeout, null), (e.Origin, e.StatusCode));
        Assert.Contains("within 4 s", e.Message, StringComparison.Ordinal);

        var blocking = client.Health.ServiceAsync("a", new() { Index = 1, Wait = TimeSpan.FromSeconds(160) });
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(160 + 10 + 4));
        time.Advance(TimeSpan.FromSeconds(173));
        Assert.False(blocking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<ConsulException>(() => blocking.WithinAsync());
        await Eventually.TrueAsync(() => peer.Open == 0);
    }

    [Fact]
    public async Task CallerCancels_ItsTokenIsInTheException_AndTheRequestIsAborted()
    {
        await using var peer = await LoopbackPeer.StartAsync(c => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted));
        using var client = TestClients.For(peer.Address);
        using var cancel = new CancellationTokenSource();
        var call = client.Agent.SelfAsync(cancel.Token);
        await Eventually.TrueAsync(() => peer.Open == 1);
        await cancel.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync());
        Assert.Equal(cancel.Token, e.CancellationToken);
        await Eventually.TrueAsync(() => peer.Open == 0);
    }
}
