using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.DependencyInjection;

public class GrpcHttpClientBuilderExtensionsTests
{
    private readonly ServiceCollection _services = new();
    private readonly ConcurrentQueue<string> _notes = new();

    [Fact]
    public async Task Interceptors_RunInOrder_ThoseOfTheClientFirst()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddSingleton(_notes);
        _services.AddGrpcClient<TextClient>(peer.Address)
            .AddInterceptor(() => new NotingInterceptor(_notes, "channel 1"))
            .AddInterceptor(InterceptorScope.Client, () => new NotingInterceptor(_notes, "client 1"))
            .AddInterceptor<NotingInterceptor>()
            .AddInterceptor(InterceptorScope.Client, _ => new NotingInterceptor(_notes, "client 2"));
        await using var provider = Build();

        await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync();

        Assert.Equal(["client 1", "client 2", "channel 1", "made"], _notes);
    }

    [Fact]
    public async Task Interceptors_LiveAsLongAsTheirScopeSays()
    {
        _services.AddScoped<Named>();
        _services.AddGrpcClient<TextClient>("http://localhost:1")
            .AddInterceptor(InterceptorScope.Client, services => Note("client", services))
            .AddInterceptor(InterceptorScope.Channel, services => Note("channel", services));
        await using var provider = Build();
        await using var one = provider.CreateAsyncScope();
        await using var two = provider.CreateAsyncScope();

        foreach (var scope in new[] { one, one, two })
        {
            Assert.NotNull(scope.ServiceProvider.GetRequiredService<TextClient>());
        }

        var ofOne = one.ServiceProvider.GetRequiredService<Named>().Id;
        var ofTwo = two.ServiceProvider.GetRequiredService<Named>().Id;
        Assert.Equal([$"client {ofOne}", $"client {ofOne}", $"client {ofTwo}"], _notes.Where(n => n.StartsWith("client", StringComparison.Ordinal)));
        Assert.Single(_notes, n => n.StartsWith("channel", StringComparison.Ordinal));

        NotingInterceptor Note(string what, IServiceProvider services)
        {
            _notes.Enqueue($"{what} {services.GetRequiredService<Named>().Id}");
            return new NotingInterceptor(_notes);
        }
    }

    [Fact]
    public async Task CallCredentials_AddTheirMetadata_ToThoseOfTheCall()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            var headers = context.Request.Headers;
            _notes.Enqueue($"{headers["one"]} {headers["two"]} {headers["three"]} {headers["four"]}");
            await TextPeer.Echo()(context);
        });
        _services.AddScoped<Named>();
        _services.AddGrpcClient<TextClient>(peer.Address)
            .ConfigureChannel(o => o.UnsafeUseInsecureChannelCallCredentials = true)
            .AddCallCredentials(Adding("one", "1"))
            .AddCallCredentials((_, metadata) => Add(metadata, "two", "2"))
            .AddCallCredentials((_, metadata, services) => Add(metadata, "three", services.GetRequiredService<Named>().Id));
        await using var provider = Build();
        await using var scope = provider.CreateAsyncScope();

        await scope.ServiceProvider.GetRequiredService<TextClient>()
            .UnaryAsync("x", default(CallOptions).WithCredentials(Adding("four", "4"))).ResponseAsync.WithinAsync();

        Assert.Equal([$"1 2 {scope.ServiceProvider.GetRequiredService<Named>().Id} 4"], _notes);

        static CallCredentials Adding(string key, string value) => CallCredentials.FromInterceptor((_, metadata) => Add(metadata, key, value));

        static Task Add(Metadata metadata, string key, string value)
        {
            metadata.Add(key, value);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task CallCredentialsInPlaintext_AreRefusedWithTheFix()
    {
        _services.AddGrpcClient<TextClient>("http://localhost:1").AddCallCredentials((_, _) => Task.CompletedTask);
        _services.AddGrpcClient<OtherTextClient>("https://localhost:1").AddCallCredentials((_, _) => Task.CompletedTask);
        await using var provider = Build();

        var error = Assert.Throws<InvalidOperationException>(provider.GetRequiredService<TextClient>);

        Assert.Contains("'TextClient'", error.Message, StringComparison.Ordinal);
        Assert.Contains("https://", error.Message, StringComparison.Ordinal);
        Assert.NotNull(provider.GetRequiredService<OtherTextClient>());
    }

    [Fact]
    public async Task Creator_MakesTheClient()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddSingleton(_notes);
        _services.AddGrpcClient<TextClient>(peer.Address).ConfigureGrpcClientCreator(invoker => new OtherTextClient(invoker));
        _services.AddGrpcClient<TextClient>("from services", o => o.Address = new Uri(peer.Address)).ConfigureGrpcClientCreator((services, invoker) =>
        {
            services.GetRequiredService<ConcurrentQueue<string>>().Enqueue("made");
            return new TextClient(invoker);
        });
        _services.AddGrpcClient<TextClient>("null", o => o.Address = new Uri(peer.Address)).ConfigureGrpcClientCreator(_ => null!);
        _services.AddGrpcClient<TextClient>("text", o => o.Address = new Uri(peer.Address)).ConfigureGrpcClientCreator(_ => "a text");
        await using var provider = Build();
        var factory = provider.GetRequiredService<GrpcClientFactory>();

        Assert.Equal("x", await Assert.IsType<OtherTextClient>(factory.CreateClient<TextClient>("TextClient")).UnaryAsync("x").ResponseAsync.WithinAsync());
        Assert.IsType<TextClient>(factory.CreateClient<TextClient>("from services"));
        Assert.Equal(["made"], _notes);
        Assert.Contains("returned null", Assert.Throws<InvalidOperationException>(() => factory.CreateClient<TextClient>("null")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "returned a System.String", Assert.Throws<InvalidOperationException>(() => factory.CreateClient<TextClient>("text")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadersOfTheHttpClient_AreSent_UnlessTheCallBringsThem()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            _notes.Enqueue($"{context.Request.Headers["x-tenant"]} {context.Request.Headers["x-other"]}");
            await TextPeer.Echo()(context);
        });
        _services.AddGrpcClient<TextClient>(peer.Address).ConfigureHttpClient(http =>
        {
            http.DefaultRequestHeaders.Add("X-Tenant", "default");
            http.DefaultRequestHeaders.Add("X-Other", "other");
        });
        await using var provider = Build();
        var client = provider.GetRequiredService<TextClient>();
        var own = new Metadata { { "x-tenant", "mine" } };

        await client.UnaryAsync("x").ResponseAsync.WithinAsync();
        await client.UnaryAsync("x", new CallOptions(own)).ResponseAsync.WithinAsync();

        Assert.Equal(["default other", "mine other"], _notes);
        Assert.Single(own);
    }

    [Fact]
    public async Task UserAgentOfTheHttpClient_IsSentWithAllItsParts()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, $"{context.Request.Headers.UserAgent} {context.Request.Headers["x-twice"]}");
            TextPeer.End(context, 0);
        });
        _services.AddGrpcClient<TextClient>(peer.Address).ConfigureHttpClient(http =>
        {
            http.DefaultRequestHeaders.UserAgent.ParseAdd("Orders/1.2 (linux)");
            http.DefaultRequestHeaders.Add("x-twice", ["1", "2"]);
        });
        await using var provider = Build();

        Assert.Equal("Orders/1.2 (linux) 1, 2", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task BinaryHeadersOfTheHttpClient_AreSent()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            _notes.Enqueue(context.Request.Headers["trace-bin"].ToString());
            await TextPeer.Echo()(context);
        });
        _services.AddGrpcClient<TextClient>(peer.Address).ConfigureHttpClient(static http => http.DefaultRequestHeaders.Add("Trace-Bin", "AAEC/w=="));
        await using var provider = Build();

        await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync();

        Assert.Equal(["AAEC/w"], _notes);
    }

    [Theory]
    [InlineData("trace-bin", "***")]
    [InlineData("x-name", "K\u00e4se")]
    public async Task HeaderOfTheHttpClientThatIsNoMetadata_IsNamedWithTheClient(string header, string value)
    {
        _services.AddGrpcClient<TextClient>("http://127.0.0.1:1").ConfigureHttpClient(http => http.DefaultRequestHeaders.TryAddWithoutValidation(header, value));
        await using var provider = Build();

        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<TextClient>);

        Assert.Contains($"The gRPC client 'TextClient' can't be used: the default header '{header}' of its ConfigureHttpClient", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessageHandlers_SeeEveryKindOfCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var outer = new NotingHandler(_notes, "outer");
        _services.AddGrpcClient<TextClient>(peer.Address).AddHttpMessageHandler(() => outer);
        _services.AddGrpcClient<OtherTextClient>(peer.Address)
            .ConfigurePrimaryHttpMessageHandler(() => new NotingHandler(_notes, "primary") { InnerHandler = new SocketsHttpHandler() });
        await using var provider = Build();
        var client = provider.GetRequiredService<TextClient>();

        Assert.Equal("x", await client.UnaryAsync("x").ResponseAsync.WithinAsync());
        using var duplex = client.Duplex();
        await duplex.RequestStream.WriteAsync("y").WithinAsync();
        Assert.True(await duplex.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
        await duplex.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await duplex.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
        Assert.Equal("z", await provider.GetRequiredService<OtherTextClient>().UnaryAsync("z").ResponseAsync.WithinAsync());

        Assert.Equal(["outer", "outer", "primary"], _notes);
    }

    [Fact]
    public void BuilderOfAnHttpClient_IsRefused()
    {
        var builder = _services.AddHttpClient("plain");

        var error = Assert.Throws<InvalidOperationException>(() => builder.ConfigureChannel(_ => { }));

        Assert.Contains("AddGrpcClient", error.Message, StringComparison.Ordinal);
    }

    private ServiceProvider Build() => _services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    private sealed class Named
    {
        public string Id { get; } = Guid.NewGuid().ToString("n");
    }

    private sealed class NotingHandler(ConcurrentQueue<string> notes, string name) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            notes.Enqueue(name);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
