using System.Collections.Immutable;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Registration;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>One registration and its agent, by a clock of the test's. Nothing is left to chance: what is jittered lies in the middle.</summary>
internal sealed class VirtualRegistration : IAsyncDisposable
{
    private readonly Recorder _recorder;
    private readonly ConsulClient _client;
    private readonly RegistrationLoop _loop;

    private VirtualRegistration(TestAgent agent, FakeTimeProvider clock, ServiceRegistrationOptions options, string boundTo, EndpointResolver? resolver, string? tokenFile)
    {
        (Agent, Clock, Wall) = (agent, clock, new SteppedClock(clock));
        _recorder = new Recorder(agent.CreateHandler());
        var consul = ConsulClientOptions.FromEnvironment(name => name == "CONSUL_HTTP_TOKEN_FILE" ? tokenFile : null);
        consul.Address = agent.Address;
        _client = new ConsulClient(consul, _recorder, timeProvider: clock);
        var source = new RegistrationSource(options, new(boundTo, 81, false), resolver ?? new EndpointResolver(agent.Address));
        _loop = new RegistrationLoop(source, _client, Wall, new Middle(), Log.CreateLogger("test"));
        _loop.Start();
    }

    public TestAgent Agent { get; }

    /// <summary>What agent, client and loop go by.</summary>
    public FakeTimeProvider Clock { get; }

    /// <summary>The loop's, which may be set.</summary>
    public SteppedClock Wall { get; }

    public LogCollector Log { get; } = new();

    public RegistrationState State => _loop.State;

    /// <summary>What the registration asks with, which others of its process use, too.</summary>
    public ConsulClient Client => _client;

    /// <summary>What keeps it registered.</summary>
    public RegistrationLoop Loop => _loop;

    /// <summary>Answers requests in place of the agent, those for which it gives something. Null: the agent answers all.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Answer
    {
        set => _recorder.Answer = value;
    }

    /// <summary>Starts both.</summary>
    /// <param name="configure">Its options.</param>
    /// <param name="boundTo">Where its server would be.</param>
    /// <param name="resolver">What tells of the network. Null: there is no more to it than that.</param>
    /// <param name="prepare">What the agent is to do before the registration begins.</param>
    /// <param name="clock">That of the resolver. Null: a new one.</param>
    /// <param name="tokenFile">Where its token is. Null: it has none.</param>
    public static async Task<VirtualRegistration> StartAsync(
        Action<ServiceRegistrationOptions> configure,
        string boundTo = "127.0.0.1",
        EndpointResolver? resolver = null,
        Action<TestAgent>? prepare = null,
        FakeTimeProvider? clock = null,
        string? tokenFile = null)
    {
        clock ??= new FakeTimeProvider();
        var options = new ServiceRegistrationOptions { Name = "a" };
        configure(options);
        var agent = await TestAgent.StartAsync(new() { TimeProvider = clock }).WithinAsync();
        prepare?.Invoke(agent);
        return new(agent, clock, options, boundTo, resolver, tokenFile);
    }

    /// <summary>The bodies of the requests so far whose path begins like this.</summary>
    public IReadOnlyList<string> Requests(string path) => [.. _recorder.Requests.Where(r => r.Path.StartsWith(path, StringComparison.Ordinal)).Select(r => r.Body)];

    /// <summary>What callers see of the only check, asked past everything else.</summary>
    public async Task<string?> StatusAsync() => (await ChecksAsync()).SingleOrDefault()?.Status;

    /// <summary>What callers see of the checks of the service: by another way than the registration's own, whose requests may be made to fail.</summary>
    public async Task<IReadOnlyList<HealthCheck>> ChecksAsync()
    {
        using var client = Agent.CreateClient();
        return [.. (await client.Health.ServiceAsync("a").WithinAsync()).Value.SelectMany(e => e.Checks).Where(c => c.ServiceId.Length > 0)];
    }

    /// <summary>Until it has asked for all checks of the agent twice more, of which one is whole.</summary>
    public Task UntilListedAsync()
    {
        const string Checks = "/v1/agent/checks";
        var looks = Requests(Checks).Count;
        return Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => Requests(Checks).Count > looks + 1);
    }

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await _loop.DisposeAsync();
        _client.Dispose();
    }

    private sealed class Middle : Random
    {
        protected override double Sample() => 0.5;

        public override double NextDouble() => 0.5;
    }

    private sealed class Recorder(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private ImmutableList<(string Path, string Body)> _requests = [];
        private Func<HttpRequestMessage, HttpResponseMessage?>? _answer;

        public Func<HttpRequestMessage, HttpResponseMessage?>? Answer
        {
            set => Volatile.Write(ref _answer, value);
        }

        public IReadOnlyList<(string Path, string Body)> Requests => Volatile.Read(ref _requests);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "";
            ImmutableInterlocked.Update(ref _requests, static (list, r) => list.Add(r), (request.RequestUri!.AbsolutePath, body));
            return Volatile.Read(ref _answer)?.Invoke(request) ?? await base.SendAsync(request, cancellationToken);
        }
    }
}
