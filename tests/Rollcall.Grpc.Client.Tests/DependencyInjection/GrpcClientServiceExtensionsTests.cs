using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.DependencyInjection;

public class GrpcClientServiceExtensionsTests
{
    private readonly ServiceCollection _services = new();

    [Fact]
    public async Task Address_AsText_IsCalled()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddGrpcClient<TextClient>(peer.Address);
        await using var provider = Build();

        Assert.Equal("x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
        Assert.Equal("y", provider.GetRequiredService<TextClient>().Unary("y"));
    }

    [Fact]
    public async Task Address_ByDelegate_IsCalled()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddSingleton(peer);
        _services.AddGrpcClient<TextClient>(o => o.Address = new Uri(peer.Address));
        _services.AddGrpcClient<OtherTextClient>((services, o) => o.Address = new Uri(services.GetRequiredService<TextPeer>().Address));
        await using var provider = Build();

        Assert.Equal("x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
        Assert.Equal("x", await provider.GetRequiredService<OtherTextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task ConsulAddress_AsksTheConsulOfTheContainer()
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(agent, peer);
        _services.Configure<ConsulClientOptions>(o => o.Address = agent.HttpAddress);
        _services.AddGrpcClient<TextClient>("consul:///texts?tag=v1");
        await using var provider = Build();

        var call = provider.GetRequiredService<TextClient>().UnaryAsync("x", default(CallOptions).WithWaitForReady());

        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task ConsulAddressWithHost_AsksThatConsul()
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(agent, peer);
        _services.Configure<ConsulClientOptions>(o => o.Address = new Uri($"http://{Channels.Nobody().Authority}"));
        _services.AddSingleton(new EndpointDirectory(new StaticEndpointSource(Channels.Nobody())));
        _services.AddGrpcClient<TextClient>($"consul://{agent.HttpAddress.Authority}/texts");
        _services.AddGrpcClient<OtherTextClient>("consul:///texts").ConfigureChannel(o => o.ConfigureConsul = c => c.Address = agent.HttpAddress);
        await using var provider = Build();

        foreach (var client in new[] { provider.GetRequiredService<TextClient>(), provider.GetRequiredService<OtherTextClient>() })
        {
            Assert.Equal("x", await client.UnaryAsync("x", default(CallOptions).WithWaitForReady()).ResponseAsync.WithinAsync());
        }
    }

    [Fact]
    public async Task ConsulAddress_SharesTheDirectoryOfTheContainer()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddSingleton(new EndpointDirectory(new StaticEndpointSource(peer.Endpoint)));
        _services.AddGrpcClient<TextClient>("consul:///whatever");
        await using var provider = Build();

        Assert.Equal("x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
    }

    [Theory]
    [InlineData("consul:///texts", "", true)]
    [InlineData("consul:///texts", "directory", true)]
    [InlineData("consul:///texts", "balancer", true)]
    [InlineData("consul:///texts?config=false", "directory", false)]
    [InlineData("dns:///texts:5001", "directory", true)]
    [InlineData("dns+srv:///texts", "directory", true)]
    [InlineData("dns+srv:///texts", "balancer", true)]
    [InlineData("http://texts:5001", "balancer", false)]
    public async Task ServiceConfigsOfTheContainer_AreForEachServiceFoundByName(string address, string given, bool areFollowed)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(peer.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("texts")), new RandomPolicy());
        var source = new NotingConfigSource();
        _services.AddSingleton(new ServiceConfigDirectory([source]));
        _services.AddSingleton(new EndpointDirectory(new StaticEndpointSource(peer.Endpoint)));
        _services.AddGrpcClient<TextClient>(address).ConfigureChannel(o =>
        {
            o.Directory = given == "directory" ? directory : null;
            o.Balancer = given == "balancer" ? balancer : null;
        });
        await using var provider = Build();

        Assert.Equal("x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());

        if (areFollowed)
        {
            // A call waits for the first read for a second at most.
            await Eventually.TrueAsync(() => source.Asked is not null);
        }

        Assert.Equal(areFollowed ? "texts" : null, source.Asked);
    }

    [Theory]
    [InlineData("directory")]
    [InlineData("balancer")]
    public async Task ServiceConfigOfTheTarget_IsAskedByTheSettingsOfTheContainer(string given)
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        Assert.True(await consul.Kv.PutAsync("texts.json", """{ "methodConfig": [ { "name": [ {} ], "maxRequestMessageBytes": 0 } ] }"""));
        await using var directory = new EndpointDirectory(new StaticEndpointSource(Channels.Nobody()));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("texts")), new RandomPolicy());
        _services.Configure<ConsulClientOptions>(o => o.Address = agent.HttpAddress);
        _services.AddGrpcClient<TextClient>("consul:///texts?config=texts.json").ConfigureChannel(o =>
        {
            o.Directory = given == "directory" ? directory : null;
            o.Balancer = given == "balancer" ? balancer : null;
        });
        await using var provider = Build();
        var client = provider.GetRequiredService<TextClient>();

        // A call waits for a second at most.
        await Eventually.TrueAsync(async () =>
            (await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync("x").ResponseAsync)).StatusCode == StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task NamedClients_GoTheirOwnWays_AndTheLastIsInjectedByType()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Echo("first "));
        await using var second = await TextPeer.StartAsync(TextPeer.Echo("second "));
        _services.AddGrpcClient<TextClient>("first", o => o.Address = new Uri(first.Address));
        _services.AddGrpcClient<TextClient>("second").ConfigureHttpClient(c => c.BaseAddress = new Uri(second.Address));
        await using var provider = Build();
        var factory = provider.GetRequiredService<GrpcClientFactory>();

        Assert.Equal("first x", await factory.CreateClient<TextClient>("first").UnaryAsync("x").ResponseAsync.WithinAsync());
        Assert.Equal("second x", await factory.CreateClient<TextClient>("second").UnaryAsync("x").ResponseAsync.WithinAsync());
        Assert.Equal("second x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task ClientOfUnknownNameOrOtherType_IsRefusedWithTheFix()
    {
        _services.AddGrpcClient<TextClient>("http://localhost:1");
        await using var provider = Build();
        var factory = provider.GetRequiredService<GrpcClientFactory>();

        var unknown = Assert.Throws<InvalidOperationException>(() => factory.CreateClient<TextClient>("texts"));
        Assert.Contains("'texts' (there are: TextClient)", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("AddGrpcClient<TextClient>(\"texts\"", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => factory.CreateClient<OtherTextClient>("TextClient"));
    }

    [Fact]
    public void TwoTypesOfOneName_AreRefused()
    {
        _services.AddGrpcClient<TextClient>("texts");

        var error = Assert.Throws<InvalidOperationException>(() => _services.AddGrpcClient<OtherTextClient>("texts"));

        Assert.Contains("another-name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("consul://")]
    [InlineData("ftp://localhost")]
    [InlineData("http://localhost:5001/path")]
    public void WrongAddressAsText_IsRefusedAtOnce(string address)
    {
        var error = Assert.Throws<ArgumentException>(() => _services.AddGrpcClient<TextClient>(address));
        Assert.Contains("://", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongAddressByDelegate_FailsWhenTheHostStarts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddGrpcClient<TextClient>(o => o.Address = new Uri("consul:demo"));
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("consul:///demo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressThatLooksLikeAName_FailsAtTheFirstUseWithTheFix()
    {
        _services.AddGrpcClient<TextClient>("localhost:5001");
        await using var provider = Build();

        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<TextClient>);

        Assert.Contains("'localhost:5001' has no address", error.Message, StringComparison.Ordinal);
        Assert.Contains("A text without :// is the client's name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongConsulSettings_FailAtTheFirstUse_AndAnewAtTheNext()
    {
        var token = "two words";
        _services.AddGrpcClient<TextClient>("consul:///texts").ConfigureChannel(o => o.ConfigureConsul = c => c.Token = token);
        await using var provider = Build();

        var error = Assert.Throws<ArgumentException>(provider.GetRequiredService<TextClient>);
        Assert.DoesNotContain(token, error.Message, StringComparison.Ordinal);
        token = "word";
        Assert.NotNull(provider.GetRequiredService<TextClient>());
    }

    private sealed class NotingConfigSource : IServiceConfigSource
    {
        public string? Asked { get; private set; }

        public string Describe(ServiceConfigQuery query) => "the test";

        public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Asked = query.Service;
            yield return null;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    private ServiceProvider Build() => _services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    private static async Task RegisterAsync(ConsulAgent agent, TextPeer peer)
    {
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        await consul.Agent.RegisterAsync(
            new ServiceRegistration { Id = "texts-1", Name = "texts", Address = "127.0.0.1", Port = peer.Port, Tags = ["v1"] });
    }
}
