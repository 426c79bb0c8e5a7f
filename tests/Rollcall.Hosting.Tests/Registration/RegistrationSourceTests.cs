using System.Net;
using Rollcall.Hosting.Registration;
using Rollcall.Hosts;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class RegistrationSourceTests
{
    private static readonly OwnAddress s_routed = new(IPAddress.Parse("10.9.8.7"), IsRouted: true);
    private static readonly OwnAddress s_other = new(IPAddress.Parse("10.6.5.4"), IsRouted: true);
    private static readonly OwnAddress s_bridge = new(IPAddress.Parse("172.17.0.1"), IsRouted: false);
    private OwnAddress[] _own = [];
    private IPAddress? _towards;

    [Fact]
    public async Task AgentElsewhere_AddressGuessedBeforeThereWasAWayToIt_GivesPlaceToTheOneThatLeadsThere()
    {
        var source = Source("http://consul:8500");
        _own = [s_routed, s_other];
        Assert.Equal("10.9.8.7", await NextAsync(source));
        Assert.Null(await NextAsync(source));

        _towards = s_other.Address;
        Assert.Equal("10.6.5.4", await NextAsync(source));

        // It is no guess, so it stays whatever is next.
        _towards = s_routed.Address;
        Assert.Null(await NextAsync(source));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8500")]
    [InlineData("http://consul:8500")]
    public async Task AddressThatIsAwayForAFewLooks_StaysRegistered_AndAGuessOnlyUntilItIsBack(string agent)
    {
        var source = Source(agent);
        Have(s_routed, s_bridge);
        Assert.Equal("10.9.8.7", await NextAsync(source));

        // Twice, so that the looks without it do not add up.
        for (var i = 0; i < 2; i++)
        {
            Have(s_bridge);
            for (var look = 0; look < 5; look++)
            {
                Assert.Null(await NextAsync(source));
            }

            Have(s_routed, s_bridge);
            Assert.Null(await NextAsync(source));
        }

        Have(s_bridge);
        string? moved = null;
        for (var look = 0; look <= 5 && moved is null; look++)
        {
            moved = await NextAsync(source);
        }

        Assert.Equal("172.17.0.1", moved);
        Assert.Null(await NextAsync(source));

        Have(s_routed, s_bridge);
        Assert.Equal("10.9.8.7", await NextAsync(source));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8500")]
    [InlineData("http://consul:8500")]
    public async Task AddressThatIsReplacedByOneAsGood_GivesPlaceAtOnce(string agent)
    {
        var source = Source(agent);
        Have(s_routed, s_bridge);
        Assert.Equal("10.9.8.7", await NextAsync(source));

        Have(s_other, s_bridge);

        Assert.Equal("10.6.5.4", await NextAsync(source));
    }

    [Fact]
    public async Task AgentHere_InterfacesThatComeUpOneByOne_TheOneWithTheDefaultRouteIsRegistered()
    {
        var source = Source("http://127.0.0.1:8500");
        Assert.Equal("127.0.0.1", await NextAsync(source));
        Have(s_bridge);
        Assert.Equal("172.17.0.1", await NextAsync(source));
        Have(s_routed, s_bridge);
        Assert.Equal("10.9.8.7", await NextAsync(source));
    }

    [Fact]
    public async Task AddressThatTheMachineHas_NeedsNoListOfItsInterfacesAtEachLook()
    {
        var (listed, has) = (0, true);
        var resolver = new EndpointResolver(
            new Uri("http://127.0.0.1:8500"),
            () =>
            {
                listed++;
                return _own;
            },
            owns: address => has && address.Equals(s_routed.Address));
        var source = new RegistrationSource(new() { Name = "a" }, new("0.0.0.0", 5000, false), resolver);
        Have(s_routed, s_other);
        Assert.Equal("10.9.8.7", await NextAsync(source));
        Assert.Equal(1, listed);
        for (var look = 0; look < 15; look++)
        {
            Assert.Null(await NextAsync(source));
        }

        Assert.Equal(1, listed);

        // An interface that went down keeps its address.
        Have(s_other);
        Assert.Equal("10.6.5.4", await NextAsync(source));
        Assert.Equal(2, listed);

        // One that the machine has no more is replaced at once.
        Have(s_routed);
        Assert.Equal("10.9.8.7", await NextAsync(source));
        Assert.Null(await NextAsync(source));
        has = false;
        Have(s_other);
        Assert.Equal("10.6.5.4", await NextAsync(source));
    }

    [Fact]
    public async Task Guess_IsLookedIntoAtEachLook()
    {
        var listed = 0;
        var resolver = new EndpointResolver(
            new Uri("http://127.0.0.1:8500"),
            () =>
            {
                listed++;
                return _own;
            },
            owns: static _ => true);
        var source = new RegistrationSource(new() { Name = "a" }, new("0.0.0.0", 5000, false), resolver);
        Have(s_bridge);
        Assert.Equal("172.17.0.1", await NextAsync(source));
        Assert.Null(await NextAsync(source));
        Assert.Equal(2, listed);
        Have(s_routed, s_bridge);
        Assert.Equal("10.9.8.7", await NextAsync(source));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("192.0.2.1", false)]
    public async Task MachineItself_IsAskedWhetherItHasTheAddress(string host, bool has)
    {
        // 192.0.2.0/24 is nobody's (RFC 5737). An answer without a list counts a look, one by a list does not.
        var found = await new EndpointResolver(new Uri("http://127.0.0.1:8500")).ResolveAsync(new("0.0.0.0", 5000, false), new(host, IsGuess: false), default);
        Assert.Equal(has ? 1 : 0, found!.Unlisted);
    }

    /// <summary>The address of another plan after one more look; null: it's the same.</summary>
    private static async Task<string?> NextAsync(RegistrationSource source) => await source.RenewAsync(default) ? source.Plan!.Service.Address : null;

    private RegistrationSource Source(string agent) => new(
        new ServiceRegistrationOptions { Name = "a" },
        new ServiceEndpoint("0.0.0.0", 5000, false),
        new EndpointResolver(new Uri(agent), () => _own, () => Task.FromResult(_towards)));

    /// <summary>Interfaces, and the way to an agent by the first one with a default route.</summary>
    private void Have(params OwnAddress[] own)
    {
        _own = own;
        _towards = own.FirstOrDefault(static a => a.IsRouted).Address;
    }
}
