using System.Net;
using Rollcall.Hosting.Registration;
using Rollcall.Hosts;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class EndpointResolverTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000", "127.0.0.1", 5000, false)]
    [InlineData("https://127.0.0.1:5001", "127.0.0.1", 5001, true)]
    [InlineData("http://localhost:5000", "127.0.0.1", 5000, false)]
    [InlineData("http://[::1]:5000", "::1", 5000, false)]
    [InlineData("http://10.1.2.3", "10.1.2.3", 80, false)]
    [InlineData("https://my.host:5001/base", "my.host", 5001, true)]
    [InlineData("http://0.0.0.0:5000", "10.9.8.7", 5000, false)]
    [InlineData("http://[::]:5000", "10.9.8.7", 5000, false)]
    [InlineData("http://*:5000", "10.9.8.7", 5000, false)]
    [InlineData("https://+:5000", "10.9.8.7", 5000, true)]
    [InlineData("http://unix:/tmp/x.sock;http://127.0.0.1:5000", "127.0.0.1", 5000, false)]
    public async Task BoundAddress_BecomesOneThatCallersCanUse(string bound, string host, int port, bool tls)
    {
        var endpoint = await ResolveAsync(Resolver(), new(), bound.Split(';'));
        Assert.Equal(new ServiceEndpoint(host, port, tls) { Scheme = tls ? "https" : "http" }, endpoint);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5000", "10.9.8.7")]
    [InlineData("http://[::]:5000", "2001:db8::1")]
    [InlineData("http://*:5000", "2001:db8::1")]
    public async Task BoundToEveryAddressOfOneFamily_IsRegisteredWithOneOfThat(string bound, string host)
    {
        var resolver = Resolver(interfaces: [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("10.9.8.7")]);
        Assert.Equal(host, (await ResolveAsync(resolver, new(), [bound])).Host);
    }

    [Theory]
    [InlineData("unix:///run/consul.sock", true)]
    [InlineData("http://[::1]:8500", true)]
    [InlineData("http://localhost:8500", true)]
    [InlineData("http://agent.invalid", true)]
    [InlineData("http://nowhere.invalid:8500", false)]
    [InlineData("http://10.0.0.1:8500", false)]
    public void Agent_IsLocalOrNot(string agent, bool local) => Assert.Equal(local, Resolver(agent).AgentIsLocal);

    [Fact]
    public async Task ConfiguredPort_ChoosesAmongTheBoundOnes()
    {
        var endpoint = await ResolveAsync(Resolver(), new() { Port = 5001 }, ["http://127.0.0.1:5000", "https://127.0.0.2:5001"]);
        Assert.Equal(new ServiceEndpoint("127.0.0.2", 5001, true) { Scheme = "https" }, endpoint);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000;http://*:8080", 8080, "http://127.0.0.1:9000")]
    [InlineData("http://localhost:9000;https://10.1.2.3:8443;http://10.1.2.3:8080", 8443, "http://localhost:9000 http://10.1.2.3:8080")]
    [InlineData("http://127.0.0.1:5000;http://127.0.0.1:5001", 5000, "http://127.0.0.1:5001")]
    [InlineData("http://127.0.0.1:5000;http://[::1]:5000;http://unix:/tmp/x.sock", 5000, "")]
    public void SeveralBound_TheFirstThatOthersReachIsChosen(string bound, int port, string others)
    {
        var addresses = bound.Split(';');
        var chosen = EndpointResolver.Choose(new() { Name = "a" }, addresses);
        Assert.Equal(port, chosen.Port);
        Assert.Equal(others, string.Join(' ', EndpointResolver.Others(chosen, addresses)));
    }

    [Theory]
    [InlineData("10.1.2.3", "http://10.9.8.7:8080;https://10.1.2.3:8443", 8443, true)]
    [InlineData("127.0.0.1", "http://10.9.8.7:8080;http://127.0.0.1:9000", 9000, false)]
    [InlineData("localhost", "http://10.9.8.7:8080;http://[::1]:9000", 9000, false)]
    [InlineData("127.0.0.1", "http://localhost:9000;http://127.0.0.1:9001", 9001, false)]
    [InlineData("::1", "http://*:8080;http://localhost:9000", 9000, false)]
    [InlineData("fd00::1", "http://10.9.8.7:8080;http://[fd00:0:0::1]:9000", 9000, false)]
    [InlineData("API.example", "http://10.9.8.7:8080;http://api.example:9000", 9000, false)]
    [InlineData("api.example", "http://10.9.8.7:8080;https://*:8443;http://localhost:9000", 8443, true)]
    [InlineData("10.1.2.3", "http://127.0.0.1:9000;https://[::]:8443", 8443, true)]
    [InlineData("api.example", "http://127.0.0.1:9000;https://10.9.8.7:8443;http://10.9.8.7:8080", 8443, true)]
    public void ConfiguredAddress_ChoosesAmongTheBoundOnes(string address, string bound, int port, bool tls) => Assert.Equal(
        new ServiceEndpoint(address, port, tls) { Scheme = tls ? "https" : "http" },
        EndpointResolver.Choose(new() { Name = "a", Address = address }, bound.Split(';')));

    [Fact]
    public void ConfiguredAddressAndPort_ChooseTheOneThatHasBoth() => Assert.True(
        EndpointResolver.Choose(new() { Name = "a", Address = "10.1.2.3", Port = 81 }, ["http://10.9.8.7:81", "http://10.1.2.3:80", "https://10.1.2.3:81"]).Tls);

    [Fact]
    public async Task ConfiguredAddressAndPort_NeedNoServer()
    {
        var endpoint = await ResolveAsync(Resolver(), new() { Address = "api.example", Port = 9 }, null);
        Assert.Equal(new ServiceEndpoint("api.example", 9, false), endpoint);
    }

    [Fact]
    public async Task Wildcard_AndNoNetwork_IsLoopbackWithALocalAgentOnly()
    {
        var everywhere = new ServiceEndpoint("*", 5000, false);
        Assert.Equal("127.0.0.1", (await Resolver(interfaces: []).ResolveAsync(everywhere, null, default))?.Host);
        Assert.Null(await Resolver("http://nowhere.invalid:8500", []).ResolveAsync(everywhere, null, default));
    }

    [Fact]
    public async Task NameServerThatDoesNotAnswer_IsWaitedForASecond_AndAskedOnce()
    {
        var clock = new FakeTimeProvider();
        var answer = new TaskCompletionSource<IPAddress?>();
        var never = new TaskCompletionSource<IPAddress?>();
        var asked = 0;
        var resolver = new EndpointResolver(
            new Uri("http://agent.example:8500"),
            () => [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)],
            () => ++asked == 1 ? answer.Task : never.Task,
            clock);
        var everywhere = new ServiceEndpoint("*", 5000, false);
        FoundHost? found = null;
        for (var round = 0; round < 2; round++)
        {
            var resolving = resolver.ResolveAsync(everywhere, found, default);
            await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
            found = await resolving.WithinAsync();
            Assert.Equal(new FoundHost("10.9.8.7", IsGuess: true), found);
        }

        answer.SetResult(IPAddress.Parse("10.9.8.6"));
        Assert.Equal(new FoundHost("10.9.8.6", IsGuess: false), await resolver.ResolveAsync(everywhere, found, default).WithinAsync());
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task NameServerThatTakesLongerThanALookWaits_IsHeardByTheNext()
    {
        var clock = new FakeTimeProvider();
        var asked = 0;
        var resolver = new EndpointResolver(
            new Uri("http://agent.example:8500"),
            () => [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)],
            async () =>
            {
                asked++;
                await Task.Delay(TimeSpan.FromSeconds(1.2), clock);
                return IPAddress.Parse("10.9.8.6");
            },
            clock);
        var everywhere = new ServiceEndpoint("*", 5000, false);
        var first = resolver.ResolveAsync(everywhere, null, default);
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        var found = await first.WithinAsync();
        Assert.Equal(new FoundHost("10.9.8.7", IsGuess: true), found);

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new FoundHost("10.9.8.6", IsGuess: false), await resolver.ResolveAsync(everywhere, found, default).WithinAsync());
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task AnswerThatWasNotNeeded_IsNotTakenLongAfter()
    {
        var clock = new FakeTimeProvider();
        var slow = new TaskCompletionSource<IPAddress?>();
        var answers = new Queue<Task<IPAddress?>>([slow.Task, Task.FromResult<IPAddress?>(IPAddress.Parse("10.9.8.5"))]);
        OwnAddress[] own = [];
        var resolver = new EndpointResolver(new Uri("http://agent.example:8500"), () => own, answers.Dequeue, clock);
        var everywhere = new ServiceEndpoint("*", 5000, false);
        var last = new FoundHost("10.9.8.7", IsGuess: false);
        var away = resolver.ResolveAsync(everywhere, last, default);
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        last = await away.WithinAsync();

        // What waits for it goes on before this does.
        await Task.Run(() => slow.SetResult(IPAddress.Parse("10.9.8.6"))).WithinAsync();
        own = [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)];
        last = await resolver.ResolveAsync(everywhere, last, default).WithinAsync();
        Assert.Equal(new FoundHost("10.9.8.7", IsGuess: false), last);
        clock.Advance(TimeSpan.FromHours(1));
        own = [];
        Assert.Equal(new FoundHost("10.9.8.5", IsGuess: false), await resolver.ResolveAsync(everywhere, last, default).WithinAsync());
    }

    [Theory]
    [InlineData("10.9.8.7,192.168.0.1", "192.168.0.1", "192.168.0.1")]
    [InlineData("10.9.8.7", "192.168.0.1", "10.9.8.7")]
    [InlineData("10.9.8.7", "127.0.0.1", "10.9.8.7")]
    [InlineData("", "192.168.0.1", "192.168.0.1")]
    [InlineData("", "127.0.0.1", "127.0.0.1")]
    public async Task AddressFoundBefore_StaysWhileThereIsNoBetterReason(string interfaces, string last, string host)
    {
        var resolver = Resolver(interfaces: [.. interfaces.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)]);
        Assert.Equal(host, (await resolver.ResolveAsync(new("0.0.0.0", 5000, false), new(last, IsGuess: false), default))?.Host);
    }

    [Theory]
    [InlineData(null, "no web server")]
    [InlineData("http://unix:/tmp/x.sock", "no TCP address")]
    [InlineData("", "no TCP address")]
    [InlineData("http://127.0.0.1:0", "port 0")]
    public void NothingToRegister_IsAnErrorThatNamesTheFix(string? bound, string what)
    {
        var e = Assert.Throws<InvalidOperationException>(
            () => EndpointResolver.Choose(new() { Name = "a" }, bound?.Split(';', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
        Assert.Contains("AddServiceRegistration", e.Message, StringComparison.Ordinal);
    }

    private static async Task<ServiceEndpoint> ResolveAsync(EndpointResolver resolver, ServiceRegistrationOptions options, IEnumerable<string>? bound)
    {
        var chosen = EndpointResolver.Choose(options, bound);
        var found = await resolver.ResolveAsync(chosen, null, default) ?? throw new InvalidOperationException("There is no address.");
        return chosen with { Host = found.Host };
    }

    private static EndpointResolver Resolver(string agent = "http://127.0.0.1:8500", IReadOnlyList<IPAddress>? interfaces = null) =>
        new(new Uri(agent), () => [.. (interfaces ?? [IPAddress.Parse("10.9.8.7"), IPAddress.Parse("192.168.0.1")]).Select(static a => new OwnAddress(a, true))]);
}
