using System.Net;
using System.Net.Sockets;
using Rollcall.Discovery.Sources;
using Rollcall.Discovery.Sources.Internal;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Sources;

public sealed class DnsEndpointSourceTests : IDisposable
{
    private static readonly IPAddress s_first = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress s_second = IPAddress.Parse("10.0.0.2");

    private readonly FakeTimeProvider _time = new();
    private readonly StubDns _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Servers_AreHostPortAndWeight_OfTheLowestPriority()
    {
        _server.Serve(
            new SrvRecord("web.test.", 9, 1, 0, 81, "a.test."),
            new SrvRecord("web.test.", 9, 1, 7, 82, "b.test."),
            new SrvRecord("web.test.", 9, 2, 1, 83, "a.test."),
            new SrvRecord("web.test.", 9, 1, 1, 84, "."),
            new AddressRecord("a.test.", 9, s_first),
            new AddressRecord("b.test.", 9, s_second),
            new AddressRecord("b.test.", 9, IPAddress.IPv6Loopback));

        var update = await FirstAsync(Source(), "web.test");

        Assert.Equal(["a.test:81 (10.0.0.1:81) 1", "b.test:82/10.0.0.2 (10.0.0.2:82) 7", "b.test:82/::1 ([::1]:82) 7"], Texts(update));
        Assert.All(update.Endpoints, endpoint => Assert.Equal("web.test", endpoint.ServiceName));
        Assert.Equal("a.test", update.Endpoints[0].Metadata["host"]);
    }

    [Fact]
    public async Task AddressesThatComeAlong_AreNotAskedFor()
    {
        _server.Answer = (question, _) => new DnsMessage
        {
            Answers = [new SrvRecord("web.service.consul.", 0, 1, 1, 80, "x.addr.consul.")],
            Additionals = [new AddressRecord("X.addr.consul.", 0, s_first)],
        };

        var update = await FirstAsync(Source(o => o.Domain = "service.consul"), "web");

        Assert.Equal(["x.addr.consul:80 (10.0.0.1:80) 1"], Texts(update));
        Assert.Equal(1, _server.Asked);
    }

    [Fact]
    public async Task NamesWithAPort_AreTheirAddresses_BehindAliasesToo()
    {
        _server.Answer = (question, _) => new DnsMessage
        {
            Answers = question.Type == DnsType.A
                ? [new NameRecord("web.test.", DnsType.Cname, 9, "a.test."), new AddressRecord("a.test.", 9, s_second), new AddressRecord("a.test.", 9, s_first)]
                : [new NameRecord("web.test.", DnsType.Cname, 9, "a.test.")],
        };

        Assert.Equal(["10.0.0.1:80 (10.0.0.1:80) 1", "10.0.0.2:80 (10.0.0.2:80) 1"], Texts(await FirstAsync(Source(o => o.Port = 80), "web.test")));
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("Orders.service.consul")]
    public async Task SourceOfATarget_AsksForTheTargetsName(string asked)
    {
        _server.Serve(new SrvRecord("orders.service.consul.", 9, 1, 7, 81, "a.test."), new AddressRecord("a.test.", 9, s_first));
        var source = DnsTarget.Parse($"dns+srv://{_server.EndPoint}/orders.service.consul?policy=random").CreateSource(_time);

        Assert.Equal(["a.test:81 (10.0.0.1:81) 7"], Texts(await FirstAsync(source, asked)));
    }

    [Fact]
    public async Task SourceOfATarget_RefusesOtherNames()
    {
        var source = DnsTarget.Parse($"dns+srv://{_server.EndPoint}/orders.service.consul").CreateSource(_time);

        var error = await Assert.ThrowsAsync<NotSupportedException>(() => FirstAsync(source, "stock"));
        Assert.Contains("orders.service.consul alone, and not 'stock'", error.Message, StringComparison.Ordinal);
        Assert.Contains("DnsEndpointSourceOptions.Domain", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _server.Asked);
    }

    [Fact]
    public async Task NameThatDoesNotExist_IsAnEmptyList()
    {
        _server.Serve();

        var update = await FirstAsync(Source(), "web.test");

        Assert.Empty(update.Endpoints);
        Assert.Contains("web.test", update.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_AreAskedForAgainWhenTheyRunOut_AndOnlyChangesAreTold()
    {
        _server.Serve(new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."), new AddressRecord("a.test.", 20, s_first));
        await using var updates = Source().WatchAsync(new ServiceQuery("web.test"), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());

        var next = updates.MoveNextAsync().AsTask();
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(20));
        var asked = _server.Asked;
        _time.Advance(TimeSpan.FromSeconds(20));
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(20));
        Assert.True(_server.Asked > asked);
        Assert.False(next.IsCompleted);

        _server.Serve(new SrvRecord("web.test.", 0, 1, 5, 80, "a.test."), new AddressRecord("a.test.", 0, s_first));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(await next.WithinAsync());
        Assert.Equal(5, updates.Current.Endpoints[0].Weight);

        // 0 seconds would be a question after the other.
        next = updates.MoveNextAsync().AsTask();
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        _server.Serve();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await next.WithinAsync());
        Assert.Empty(updates.Current.Endpoints);
    }

    /// <summary>RFC 2308 5: the lower of the zone's own time and the one that it gives for what is not there.</summary>
    [Theory]
    [InlineData(40u, 15u)]
    [InlineData(15u, 40u)]
    public async Task NothingThere_IsAskedForAgainWhenTheZoneSaysSo(uint ttl, uint minimum)
    {
        _server.Answer = (_, _) => new DnsMessage
        {
            Header = new DnsHeader { ResponseCode = DnsResponseCode.NameError },
            Authorities = [new SoaRecord("test.", ttl, "ns.test.", "admin.test.", 1, 3600, 600, 86400, minimum)],
        };
        await using var updates = Source().WatchAsync(new ServiceQuery("web.test"), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        Assert.Empty(updates.Current.Endpoints);

        var next = updates.MoveNextAsync().AsTask();
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(15));
        _server.Serve(new SrvRecord("web.test.", 9, 1, 7, 81, "a.test."), new AddressRecord("a.test.", 9, s_first));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.True(await next.WithinAsync());
        Assert.Single(updates.Current.Endpoints);
    }

    [Fact]
    public async Task AnswerThatWasCut_IsAskedForByTcp()
    {
        _server.Answer = (question, tcp) => new DnsMessage
        {
            Header = new DnsHeader { Truncated = !tcp },
            Answers = tcp ? [.. Enumerable.Range(1, 500).Select(i => new SrvRecord("web.test.", 9, 1, 1, (ushort)i, "a.test."))] : [],
            Additionals = [new AddressRecord("a.test.", 9, s_first)],
        };

        Assert.Equal(500, (await FirstAsync(Source(), "web.test")).Endpoints.Length);
    }

    [Fact]
    public async Task ServerThatIsGoneSilentOrFails_IsPassedOver()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var failing = new StubDns { Answer = (_, _) => new DnsMessage { Header = new DnsHeader { ResponseCode = DnsResponseCode.ServerFailure } } };
        _server.Serve(new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."), new AddressRecord("a.test.", 20, s_first));
        var source = Source(o =>
        {
            o.Servers.Insert(0, (IPEndPoint)silent.Client.LocalEndPoint!);
            o.Servers.Insert(0, failing.EndPoint);
            o.Servers.Insert(0, new IPEndPoint(IPAddress.Loopback, FreePort.Next()));
        });

        // The servers first, then both kinds of addresses at a time; nobody else waits while these wait for the silent one.
        var update = FirstAsync(source, "web.test");
        foreach (var questions in new[] { 1, 2 })
        {
            for (var question = 0; question < questions; question++)
            {
                await silent.ReceiveAsync().WithinAsync();
            }

            Assert.False(update.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Single((await update).Endpoints);
    }

    [Fact]
    public async Task NoServerAnswers_TheExceptionSaysWhatEachDid()
    {
        _server.Answer = (_, _) => new DnsMessage { Header = new DnsHeader { ResponseCode = DnsResponseCode.Refused } };

        var exception = await Assert.ThrowsAsync<DnsSourceException>(() => FirstAsync(Source(), "web.test"));

        Assert.Contains($"web.test: {_server.EndPoint} answers Refused", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DnsType.Aaaa, "10.0.0.1:80 (10.0.0.1:80) 1")]
    [InlineData(DnsType.A, "[::1]:80 ([::1]:80) 1")]
    public async Task OneFamilyCannotBeAskedFor_TheOtherIsTheList(DnsType failing, string expected)
    {
        Serve(question => question.Type == failing, new AddressRecord("web.test.", 30, s_first), new AddressRecord("web.test.", 30, IPAddress.IPv6Loopback));
        await using var updates = Watch(o => o.Port = 80);

        var update = await NextAsync(updates);

        Assert.Equal([expected], Texts(update));
        Assert.Null(update.Doubt);
        Assert.Contains($"{failing.ToString().ToUpperInvariant()} of web.test: {_server.EndPoint} answers ServerFailure", update.Note, StringComparison.Ordinal);

        // It is good for as long as what there is holds.
        Serve(static _ => false, new AddressRecord("web.test.", 30, s_first), new AddressRecord("web.test.", 30, IPAddress.IPv6Loopback));
        Assert.Equal(2, (await NextAsync(updates, after: 30)).Endpoints.Length);
    }

    [Fact]
    public async Task NobodyAnswersForOneFamily_TheOtherIsTheList()
    {
        _server.Answer = static (question, _) =>
            question.Type == DnsType.Aaaa ? null : new DnsMessage { Answers = [new AddressRecord("web.test.", 30, s_first)] };
        var update = FirstAsync(Source(o => o.Port = 80), "web.test");

        // The time of the one that was answered no longer runs.
        await Eventually.TrueAsync(() => _server.Asked == 2 && _time.PendingTimers == 1);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Single((await update.WithinAsync()).Endpoints);
    }

    [Fact]
    public async Task OneFamilyIsEmptyAndTheOtherCannotBeAskedFor_IsNoEmptyList()
    {
        Serve(static question => question.Type == DnsType.Aaaa, new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."));

        await Assert.ThrowsAsync<DnsSourceException>(() => FirstAsync(Source(o => o.Port = 80), "web.test"));
    }

    [Fact]
    public async Task FamilyThatCannotBeAskedForAnyMore_KeepsItsAddresses_InDoubt()
    {
        DnsRecord[] records = [new AddressRecord("web.test.", 30, s_first), new AddressRecord("web.test.", 30, IPAddress.IPv6Loopback)];
        Serve(static _ => false, records);
        await using var updates = Watch(o => o.Port = 80);
        Assert.Null((await NextAsync(updates)).Doubt);

        Serve(static question => question.Type == DnsType.Aaaa, records);
        var update = await NextAsync(updates, after: 30);
        Assert.Equal(2, update.Endpoints.Length);
        Assert.Contains("AAAA of web.test", update.Doubt, StringComparison.Ordinal);

        // It is soon asked for again.
        Serve(static _ => false, records);
        Assert.Null((await NextAsync(updates, after: 5)).Doubt);
    }

    [Fact]
    public async Task HostThatCannotBeLookedUp_IsLeftOut_InDoubt()
    {
        Serve(
            static question => question.Name == "b.test.",
            new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."),
            new SrvRecord("web.test.", 30, 1, 1, 80, "b.test."),
            new AddressRecord("a.test.", 30, s_first));

        var update = await FirstAsync(Source(), "web.test");

        Assert.Equal(["a.test:80 (10.0.0.1:80) 1"], Texts(update));
        Assert.StartsWith("b.test is left out: ", update.Doubt, StringComparison.Ordinal);
        Assert.EndsWith($"b.test: {_server.EndPoint} answers ServerFailure", update.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostThatCannotBeLookedUpAnyMore_KeepsItsAddresses_InDoubt()
    {
        DnsRecord[] records =
        [
            new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."),
            new SrvRecord("web.test.", 30, 1, 1, 80, "b.test."),
            new AddressRecord("a.test.", 30, s_first),
            new AddressRecord("b.test.", 30, s_second),
        ];
        Serve(static _ => false, records);
        await using var updates = Watch();
        Assert.Null((await NextAsync(updates)).Doubt);

        Serve(static question => question.Name == "b.test.", records);
        var update = await NextAsync(updates, after: 30);
        Assert.Equal(["a.test:80 (10.0.0.1:80) 1", "b.test:80 (10.0.0.2:80) 1"], Texts(update));
        Assert.StartsWith("b.test keeps its last addresses: ", update.Doubt, StringComparison.Ordinal);

        // Through further failures of it, too, until it answers.
        Serve(static question => question.Name == "b.test.", [.. records, new SrvRecord("web.test.", 30, 1, 1, 81, "a.test.")]);
        Assert.Equal(3, (await NextAsync(updates, after: 5)).Endpoints.Length);
        Serve(static _ => false, records);
        update = await NextAsync(updates, after: 5);
        Assert.Equal((2, null), (update.Endpoints.Length, update.Doubt));
    }

    [Fact]
    public async Task NoHostCanBeLookedUp_IsAFailure()
    {
        Serve(
            static question => question.Name == "b.test.",
            new SrvRecord("web.test.", 30, 1, 1, 80, "nowhere.test."),
            new SrvRecord("web.test.", 30, 1, 1, 80, "b.test."));

        var exception = await Assert.ThrowsAsync<DnsSourceException>(() => FirstAsync(Source(), "web.test"));

        Assert.Contains("of b.test: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outage_KeepsTheLastList_AndEndsWhenTheServerIsBack()
    {
        _server.Serve(new SrvRecord("web.test.", 1, 1, 1, 80, "a.test."), new AddressRecord("a.test.", 1, s_first));
        await using var directory = new EndpointDirectory(Source(), null, _time);
        var watch = directory.Watch(new ServiceQuery("web.test"));
        var snapshot = await watch.FirstAsync().AsTask().WithinAsync();
        Assert.Equal(SnapshotFreshness.Fresh, snapshot.Freshness);

        _server.Answer = (_, _) => new DnsMessage { Header = new DnsHeader { ResponseCode = DnsResponseCode.ServerFailure } };
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() => watch.Current?.Freshness == SnapshotFreshness.Stale);
        Assert.Equal(s_first.ToString(), Assert.Single(watch.Current!.Endpoints).Host);

        _server.Serve(new SrvRecord("web.test.", 1, 1, 1, 80, "b.test."), new AddressRecord("b.test.", 1, s_second));
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current is { Freshness: SnapshotFreshness.Fresh, Endpoints: [{ Host: "10.0.0.2" }] });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OutageThatEndsInPartOnly_KeepsTheList_InDoubt(bool byFamily)
    {
        DnsRecord[] records = byFamily
            ? [new AddressRecord("web.test.", 30, s_first), new AddressRecord("web.test.", 30, IPAddress.IPv6Loopback)]
            :
            [
                new SrvRecord("web.test.", 30, 1, 1, 80, "a.test."),
                new SrvRecord("web.test.", 30, 1, 1, 80, "b.test."),
                new AddressRecord("a.test.", 30, s_first),
                new AddressRecord("b.test.", 30, s_second),
            ];
        Serve(static _ => false, records);
        await using var directory = new EndpointDirectory(Source(o => o.Port = byFamily ? 80 : null), null, _time);
        var watch = directory.Watch(new ServiceQuery("web.test"));
        var before = await watch.FirstAsync().AsTask().WithinAsync();
        Assert.Equal((SnapshotFreshness.Fresh, 2), (before.Freshness, before.Endpoints.Length));

        // Twice: no run but the first has found anything.
        Serve(static _ => true, records);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => directory.Describe().Services[0].Restarts > 1);
        Assert.Equal(SnapshotFreshness.Stale, watch.Current!.Freshness);

        Serve(question => byFamily ? question.Type == DnsType.Aaaa : question.Name == "b.test.", records);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current!.Freshness != SnapshotFreshness.Stale);

        Assert.Equal(SnapshotFreshness.Suspect, watch.Current!.Freshness);
        Assert.Equal(before.Endpoints, watch.Current.Endpoints);
        Assert.Contains("keeps its last ", watch.Current.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web.test?tag=v1")]
    [InlineData("web.test?dc=dc2")]
    [InlineData("web.test?filter=a")]
    [InlineData("web.test?passing=false")]
    public async Task WhatDnsCannotSelectBy_IsRefused(string target) =>
        await Assert.ThrowsAsync<NotSupportedException>(() => FirstAsync(Source(), ServiceTarget.Parse(target).Query));

    [Fact]
    public async Task NameThatIsNone_SaysSo() =>
        Assert.Contains("web..test", (await Assert.ThrowsAsync<DnsSourceException>(() => FirstAsync(Source(), "web..test"))).Message, StringComparison.Ordinal);

    [Fact]
    public void OptionsOutOfRange_AreRefusedTogether()
    {
        var options = new DnsEndpointSourceOptions { Port = 65_536, Timeout = TimeSpan.FromMinutes(2), MinRefresh = TimeSpan.Zero, MaxRefresh = TimeSpan.FromDays(2) };

        var error = Assert.Throws<ArgumentException>(() => new DnsEndpointSource(options));

        Assert.StartsWith("The options of the DNS source can't be used: Port must be from 1 to 65535, or null for SRV records, and is 65536; ", error.Message, StringComparison.Ordinal);
        Assert.All(["Timeout", "MinRefresh", "MaxRefresh"], name => Assert.Contains($"; {name} must be ", error.Message, StringComparison.Ordinal));
        options = new DnsEndpointSourceOptions { MinRefresh = TimeSpan.FromMinutes(2) };
        Assert.Equal(["MaxRefresh must be from 00:02:00 to 1.00:00:00, and is 00:01:00"], options.Validate());
    }

    [Theory]
    [InlineData("nameserver 10.0.0.53\n#nameserver 10.0.0.54\nsearch x\nnameserver\tfd00::1 \nnameserver bad", "10.0.0.53:53 [fd00::1]:53")]
    [InlineData("", "127.0.0.1:53")]
    public void SystemServers_AreThoseOfTheFile(string text, string expected) => Assert.Equal(expected, string.Join(' ', SystemServers.Parse(text)));

    private static string[] Texts(EndpointUpdate update) => [.. update.Endpoints.Select(endpoint => $"{endpoint} {endpoint.Weight}")];

    private static Task<EndpointUpdate> FirstAsync(DnsEndpointSource source, string name) => FirstAsync(source, new ServiceQuery(name));

    private static async Task<EndpointUpdate> FirstAsync(DnsEndpointSource source, ServiceQuery query)
    {
        await using var updates = source.WatchAsync(query, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        return updates.Current;
    }

    /// <summary>Records of one server, which fails at some questions.</summary>
    private void Serve(Predicate<DnsQuestionRecord> fails, params DnsRecord[] records)
    {
        _server.Serve(records);
        var serve = _server.Answer;
        _server.Answer = (question, tcp) =>
            fails(question) ? new DnsMessage { Header = new DnsHeader { ResponseCode = DnsResponseCode.ServerFailure } } : serve(question, tcp);
    }

    private IAsyncEnumerator<EndpointUpdate> Watch(Action<DnsEndpointSourceOptions>? configure = null) =>
        Source(configure).WatchAsync(new ServiceQuery("web.test"), CancellationToken.None).GetAsyncEnumerator();

    /// <summary>The next update, told when the records have run out after so many seconds; 0: the first.</summary>
    private async Task<EndpointUpdate> NextAsync(IAsyncEnumerator<EndpointUpdate> updates, int after = 0)
    {
        var next = updates.MoveNextAsync().AsTask();
        if (after > 0)
        {
            await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(after));
            _time.Advance(TimeSpan.FromSeconds(after));
        }

        Assert.True(await next.WithinAsync());
        return updates.Current;
    }

    private DnsEndpointSource Source(Action<DnsEndpointSourceOptions>? configure = null)
    {
        var options = new DnsEndpointSourceOptions();
        options.Servers.Add(_server.EndPoint);
        configure?.Invoke(options);
        return new DnsEndpointSource(options, _time);
    }
}
