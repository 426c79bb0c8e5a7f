using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Hosts;
using Rollcall.Testing.Transport;

namespace Rollcall.Testing;

/// <summary>
/// An agent with Consul's HTTP API for one test, in memory, with a port of its own or none, and with faults to order. Any number can run in one
/// process. Safe for use by many threads. Dispose stops it.
/// </summary>
public sealed class TestAgent : IAsyncDisposable
{
    private readonly TestAgentOptions _options;
    private readonly TestTransport _transport;
    private readonly FaultMiddleware _faults;

    // Not disposed: whoever waits for it then has to get it.
    private readonly SemaphoreSlim _changing = new(1);

    // Both belong to who holds _changing.
    private ConsulAgent? _agent;
    private bool _isDisposed;

    private TestAgent(TestAgentOptions options, IConnectionListener? port)
    {
        _options = options;
        _transport = new TestTransport(port);
        _faults = new FaultMiddleware(options.TimeProvider);
        Address = port is null ? new Uri($"http://{AgentInMemory.Host}") : new Uri($"http://{port.EndPoint}");
    }

    /// <summary>Where the API is. Without a port of its own it is a name that only this agent's handlers and clients can reach.</summary>
    public Uri Address { get; }

    /// <summary>How many requests have come in, those that met a fault included.</summary>
    public long Requests => _faults.Requests;

    /// <summary>Starts an agent. When the task completes, its API answers.</summary>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="ConsulAgentException">An option makes no sense.</exception>
    public static async Task<TestAgent> StartAsync(TestAgentOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new TestAgentOptions();
        var port = options.Listen ? await ListenAsync(options, cancellationToken).ConfigureAwait(false) : null;
        var agent = new TestAgent(options, port);
        try
        {
            await agent.StartAgentAsync(cancellationToken).ConfigureAwait(false);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A client of this agent, which takes nothing from the environment. Dispose it.</summary>
    public ConsulClient CreateClient()
    {
        var options = ConsulClientOptions.FromEnvironment(static _ => null);
        options.Address = Address;
        return new ConsulClient(options, CreateHandler(), disposeHandler: true, _options.TimeProvider);
    }

    /// <summary>A handler whose requests reach this agent, for an <see cref="HttpClient"/> with <see cref="Address"/> as its base.</summary>
    public HttpMessageHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        if (!_options.Listen)
        {
            handler.ConnectCallback = (_, _) => ValueTask.FromResult(_transport.Connect());
        }

        return handler;
    }

    /// <summary>Makes something go wrong from now on.</summary>
    /// <param name="fault">What.</param>
    /// <param name="path">Only for requests whose path begins like this, <c>/v1/health/</c> for example.</param>
    /// <param name="times">For so many requests; 0: until the result is disposed.</param>
    /// <returns>Ends the fault when it is disposed. Of several that meet a request, the one injected first is applied.</returns>
    public InjectedFault Inject(AgentFault fault, string path = "/", int times = 0)
    {
        ArgumentNullException.ThrowIfNull(fault);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        return _faults.Add(fault, path, times);
    }

    /// <summary>
    /// Forgets everything, as an agent in memory does when it is started again: registrations, keys, sessions, and the index, which begins anew.
    /// Connections of requests under way are closed; those that come meanwhile wait for the new agent. Also starts one again that a client made leave.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public async Task WipeAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _faults.Drop();
            await _agent!.DisposeAsync().ConfigureAwait(false);
            await StartAgentAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _faults.Drop();
            if (_agent is { } agent)
            {
                await agent.DisposeAsync().ConfigureAwait(false);
            }

            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    private static ValueTask<IConnectionListener> ListenAsync(TestAgentOptions options, CancellationToken cancellationToken) =>
        new SocketTransportFactory(Options.Create(new SocketTransportOptions()), options.LoggerFactory)
            .BindAsync(new IPEndPoint(IPAddress.Loopback, 0), cancellationToken);

    private async Task StartAgentAsync(CancellationToken cancellationToken)
    {
        _transport.Accept();
        _agent = await ConsulAgent.StartAsync(
            new ConsulAgentOptions
            {
                NodeName = _options.NodeName,
                Datacenter = _options.Datacenter,
                TimeProvider = _options.TimeProvider,
                LoggerFactory = _options.LoggerFactory,
                Transport = _transport,
                Middleware = next => context => _faults.InvokeAsync(context, next),
            },
            cancellationToken).ConfigureAwait(false);
        _ = RefuseAfterAsync(_agent);
    }

    // A client may make it leave (agent/leave): then nobody takes the connections that come, until it is started again.
    private async Task RefuseAfterAsync(ConsulAgent agent)
    {
        await agent.Stopped.ConfigureAwait(false);
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (agent == _agent)
            {
                await _transport.RefuseAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _changing.Release();
        }
    }
}
